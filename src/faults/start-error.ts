/** Prevents the start until an operator fixes it. The message is one line, which is printed before exit code 1. */
export class StartError extends Error {
  override readonly name: string = "StartError";
}
