/** A reason not to start that an operator can mend. The message is one line; `main.ts` prints it and exits with 1. */
export class StartError extends Error {
  override readonly name: string = "StartError";
}
