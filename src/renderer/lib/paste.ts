/**
 * The text of a paste for a terminal. Control characters are removed, because they could run commands: for example, the
 * end of a bracketed paste. Tabs and line ends stay.
 */
export function pasteText(text: string): string {
  return text.replace(/(?![\t\r\n])\p{Cc}/gu, '')
}

/** True if the shell would run a part of the text immediately. A program with bracketed paste does not. */
export function runsOnPaste(text: string, bracketed: boolean): boolean {
  return !bracketed && /[\r\n]/.test(text)
}
