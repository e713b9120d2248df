#!/bin/sh
# Makes the secrets that docker-compose.yml hands to its services. One that is there already stays as it is.
set -eu
cd "$(dirname "$0")/.."

# Compose shows a file to the service with the owner that it has here: the folder keeps others on this machine out, and
# the files let in whoever the service runs as.
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
