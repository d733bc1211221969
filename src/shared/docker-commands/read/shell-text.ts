/** A word of a pasted command line. */
export interface PastedWord {
  text: string
  /** The position of the word in the pasted text. */
  start: number
  end: number
}

export type PastedCommands =
  { commands: PastedWord[][]; variables: string[] } | { problem: 'unclosedQuote'; start: number; end: number }

/** Stands for the shell's own folder in a word, until the user has chosen that folder. No pasted text contains it. */
export const shellFolder = '\uE000'

/** The notations of the shell's own folder in POSIX shells, PowerShell and cmd.exe. */
const folderNotation = /^(?:\$\(pwd\)|`pwd`|\$\{pwd(?:\.path)?\}|\$pwd(?:\.path)?(?![\w.])|%cd%)/i
/** The notations of the user's own folder. */
const homeNotation = /^(?:\$\{HOME\}|\$HOME(?!\w)|\$env:USERPROFILE(?!\w)|%USERPROFILE%)/i
const otherVariable = /^(?:\$\{[^}]*\}|\$\([^)]*\)|\$(?:env:)?[A-Za-z_]\w*|%[A-Za-z_]\w*%)/

/** True if the text was written for cmd.exe or PowerShell. There, a backslash is a part of a path. */
function isForWindows(text: string): boolean {
  const unquoted = text.replaceAll(/\\'|'[^']*'/g, '')
  return /%[A-Za-z]\w*%|\^[ \t]*\r?\n|`[ \t]*\r?\n|(?:^|[\s"'=,])[A-Za-z]:\\/.test(unquoted)
}

/** A new line begins another command only if it looks like one. Many pages break a command without a sign. */
const nextCommand =
  /^\s*(?:[$#>] )?(?:PS [^>]*> )?(?:sudo|docker|podman|nerdctl|cd|mkdir|export|curl|git)(?:\s|$)/

/**
 * Splits pasted text into commands and their words by the quoting rules of POSIX sh. Text for Windows has its own
 * continuation of a line (`^`, or a backtick), and its backslashes stay. `variables` are the variables whose value only
 * the shell knows: they stay in the words as they are written.
 */
export function readShellText(pasted: string): PastedCommands {
  const text = pasted.replaceAll(shellFolder, '')
  const forWindows = isForWindows(text)
  const commands: PastedWord[][] = [[]]
  const variables = new Set<string>()
  let word: PastedWord | undefined
  let position = 0

  function add(part: string, length: number): void {
    word ??= { text: '', start: position, end: position }
    word.text += part
    position += length
    word.end = position
  }
  function endWord(): void {
    if (word !== undefined) commands.at(-1)?.push(word)
    word = undefined
  }
  function endCommand(): void {
    endWord()
    if (commands.at(-1)?.length !== 0) commands.push([])
  }
  /** Reads a variable or a substitution. Returns false if there is none. */
  function expand(): boolean {
    const rest = text.slice(position)
    const [folder] = folderNotation.exec(rest) ?? []
    const [home] = homeNotation.exec(rest) ?? []
    const [other] = otherVariable.exec(rest) ?? []
    if (folder !== undefined) add(shellFolder, folder.length)
    else if (home !== undefined) add('~', home.length)
    else if (other !== undefined) {
      variables.add(other)
      add(other, other.length)
    } else return false
    return true
  }
  /** Reads a quoted part. Returns false if its end is missing. */
  function readQuoted(quote: string): boolean {
    add('', 1)
    while (position < text.length) {
      const character = text.charAt(position)
      const next = text.charAt(position + 1)
      if (character === quote) {
        add('', 1)
        return true
      }
      const escapes =
        quote === '"' && character === '\\' && (forWindows ? next === '"' : '"\\$`\n'.includes(next))
      if (escapes && next !== '') add(next === '\n' ? '' : next, 2)
      else if (quote === "'" || !expand()) add(character, 1)
    }
    return false
  }

  while (position < text.length) {
    const rest = text.slice(position)
    const character = rest.charAt(0)
    const [continuation] = (forWindows ? /^[\\^`][ \t]*\r?\n/ : /^\\[ \t]*\r?\n/).exec(rest) ?? []
    const [separator] = /^(?:&&|\|\||[;|&])/.exec(rest) ?? []
    if (continuation !== undefined) {
      endWord()
      position += continuation.length
    } else if (/\s/.test(character)) {
      if (character === '\n' && nextCommand.test(rest.slice(1))) endCommand()
      endWord()
      position++
    } else if (character === '#' && word === undefined) {
      // `# ` at the beginning of a line may also be the prompt of a root shell.
      if (/^# +(?:docker|podman|nerdctl)\s/.test(rest)) position += 1
      else position += /^[^\n]*/.exec(rest)?.[0].length ?? 1
    } else if (separator !== undefined) {
      endCommand()
      position += separator.length
    } else if (character === "'" || character === '"') {
      const start = position
      if (!readQuoted(character)) return { problem: 'unclosedQuote', start, end: text.length }
    } else if (character === '\\' && !forWindows && rest.length > 1) add(rest.charAt(1), 2)
    else if (!expand()) add(character, 1)
  }
  endWord()
  return { commands: commands.filter((words) => words.length > 0), variables: [...variables] }
}
