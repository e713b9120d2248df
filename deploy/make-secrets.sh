#!/bin/sh
# Makes the secrets for docker-compose.yml. Existing secrets are not changed.
set -eu
cd "$(dirname "$0")/.."

# Compose keeps the owner of a secret file. So the files are readable by all, for any user in the container, and the folder
# keeps out other users of this machine.
[ -d secrets ] || mkdir -m 700 secrets

random() {
  od -An -v -N "$1" -t x1 /dev/urandom | tr -d ' \n'
}

make() {
  [ -e "secrets/$1" ] || { printf '%s\n' "$2" > "secrets/$1" && chmod 444 "secrets/$1"; }
}

make postgres_password "$(random 24)"
make database_url "postgresql://sipbook:$(cat secrets/postgres_password)@postgres:5432/sipbook"
make admin_key "$(random 24)"
make secret_key "$(random 32)"

echo "The admin key is in secrets/admin_key."
