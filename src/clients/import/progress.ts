import type { Output } from "../client.ts";

/** Shows how far something is: a bar on a terminal, elsewhere a line now and then. */
export interface Progress {
  show(what: string, done: number, of: number): void;
  /** Ends the bar's line. */
  end(): void;
}

const widest = 40;

export function openProgress({ isTerminal, columns, write }: Output): Progress {
  let told = "";
  const tell = (text: string): void => {
    if (text === told) return;
    told = text;
    write(isTerminal ? `\r\u001b[2K${text.slice(0, columns - 1)}` : `${text}\n`);
  };
  return {
    show: (what, done, of) => {
      const share = of === 0 ? 1 : Math.min(1, done / of);
      const percent = Math.floor(share * 100);
      // A log needs no line for each percent.
      if (!isTerminal) return tell(`${what} ${percent - (percent % 25)} %`);
      const width = Math.max(10, Math.min(widest, columns - 30));
      const filled = Math.round(share * width);
      tell(`${what.padEnd(10)} [${"=".repeat(filled)}${" ".repeat(width - filled)}] ${percent} %`);
    },
    end: () => {
      if (isTerminal && told !== "") write("\n");
      told = "";
    },
  };
}
