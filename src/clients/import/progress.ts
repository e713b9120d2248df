import type { Output } from "../client.ts";

/** Shows progress: a bar on a terminal, elsewhere a line for every 25 %. */
export interface Progress {
  show(what: string, done: number, of: number): void;
  /** Ends the bar's line. */
  end(): void;
}

const maxWidth = 40;

export function openProgress({ isTerminal, columns, write }: Output): Progress {
  let shown = "";
  const print = (text: string): void => {
    if (text === shown) return;
    shown = text;
    write(isTerminal ? `\r\u001b[2K${text.slice(0, columns - 1)}` : `${text}\n`);
  };
  return {
    show: (what, done, of) => {
      const share = of === 0 ? 1 : Math.min(1, done / of);
      const percent = Math.floor(share * 100);
      if (!isTerminal) return print(`${what} ${percent - (percent % 25)} %`);
      const width = Math.max(10, Math.min(maxWidth, columns - 30));
      const filled = Math.round(share * width);
      print(`${what.padEnd(10)} [${"=".repeat(filled)}${" ".repeat(width - filled)}] ${percent} %`);
    },
    end: () => {
      if (isTerminal && shown !== "") write("\n");
      shown = "";
    },
  };
}
