/** A word of a pasted command line. */
export interface PastedWord {
  text: string
  /** The position of the word in the pasted text. */
  start: number
  end: number
  /** True for a redirection such as `> log.txt`. It is no argument of the command. */
  isRedirection?: boolean
}

export interface PastedCommand {
  words: PastedWord[]
  /** True if the command reads the output of the command before it. */
  isPiped: boolean
}

export type PastedCommands =
  | { commands: PastedCommand[]; variables: string[] }
  | { problem: 'unclosedQuote'; start: number; end: number }

/** Stands for the shell's own folder in a word, until the user has chosen that folder. No pasted text contains it. */
export const shellFolder = '\uE000'

/** Stands for the user's own folder in a word. Only the shell knows the folder, but Berth knows `~` in a path. */
export const shellHome = '\uE001'

/** Writes the folders of the shell in a word as a shell does. */
export function asWritten(text: string): string {
  return text.replaceAll(shellFolder, '$(pwd)').replaceAll(shellHome, '$HOME')
}

/** The notations of the shell's own folder in POSIX shells, PowerShell and cmd.exe. */
const folderNotation = /^(?:\$\(pwd\)|`pwd`|\$\{pwd(?:\.path)?\}|\$pwd(?:\.path)?(?![\w.])|%cd%)/i
/** The notations of the user's own folder. */
const homeNotation = /^(?:\$\{HOME\}|\$HOME(?!\w)|\$env:USERPROFILE(?!\w)|%USERPROFILE%)/i
// The lengths are bounded, so that a text of many openings without an end does not take quadratic time.
const otherVariable =
  /^(?:\$\{[^}]{0,500}\}|\$\([^)]{0,500}\)|`[^`\n]{1,500}`|\$(?:env:)?[A-Za-z_]\w*|%[A-Za-z_]\w{0,99}%)/

/** True if the text was written for cmd.exe or PowerShell. There, a backslash is a part of a path. */
function isForWindows(text: string): boolean {
  const unquoted = text.replaceAll(/\\'|'[^']*'/g, '')
  return /%[A-Za-z]\w*%|\^[ \t]*\r?\n|`[ \t]*\r?\n|(?:^|[\s"'=,])[A-Za-z]:\\/.test(unquoted)
}

const redirection = /^(?:&>>?|\d?(?:<<<|<<-?|>>|>&|<&|>\||[<>]))[ \t]*/
/** A placeholder of a documentation, such as `<image>`. The form then marks it. */
const placeholder = /^<[^\s<>]{1,100}>/
/** A word that is the docker CLI, or a program with the same flags. */
export const program = /(?:^|[\\/])(?:docker|podman|nerdctl)(?:\.exe)?$/

/** A new line begins another command only if it looks like one. Many pages break a command without a sign. */
const nextCommand =
  /^\s{0,99}(?:[$#>] )?(?:PS [^>\n]{0,500}> )?(?:sudo|docker|podman|nerdctl|cd|mkdir|export|curl|git)(?:\s|$)/

/**
 * Splits pasted text into commands and their words by the quoting rules of POSIX sh. Text for Windows has its own
 * continuation of a line (`^`, or a backtick), and its backslashes stay. `variables` are the variables whose value only
 * the shell knows: they stay in the words as they are written.
 */
export function readShellText(pasted: string): PastedCommands {
  const text = pasted.replaceAll(/[\uE000\uE001]/g, '')
  const forWindows = isForWindows(text)
  const commands: PastedCommand[] = [{ words: [], isPiped: false }]
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
    if (word !== undefined) commands.at(-1)?.words.push(word)
    word = undefined
  }
  function endCommand(isPiped = false): void {
    endWord()
    if (commands.at(-1)?.words.length !== 0) commands.push({ words: [], isPiped })
  }
  /** A `>` before the program is a prompt. */
  function redirects(rest: string): string | undefined {
    if (word !== undefined || placeholder.test(rest)) return undefined
    const isAfterProgram = commands.at(-1)?.words.some(({ text: one }) => program.test(one)) === true
    return isAfterProgram ? redirection.exec(rest)?.[0] : undefined
  }
  /** Reads a variable or a substitution. Returns false if there is none. */
  function expand(): boolean {
    const rest = text.slice(position)
    const [folder] = folderNotation.exec(rest) ?? []
    const [home] = homeNotation.exec(rest) ?? []
    const [other] = otherVariable.exec(rest) ?? []
    if (folder !== undefined) add(shellFolder, folder.length)
    else if (home !== undefined) add(shellHome, home.length)
    else if (other !== undefined && !(forWindows && other.startsWith('`'))) {
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
    const redirected = redirects(rest)
    const [separator] = /^(?:&&|\|\||[;|&])/.exec(rest) ?? []
    if (continuation !== undefined) {
      endWord()
      position += continuation.length
      // A shell shows a prompt before the next line.
      position += /^>{1,2} /.exec(text.slice(position))?.[0].length ?? 0
    } else if (/\s/.test(character)) {
      if (character === '\n' && nextCommand.test(rest.slice(1))) endCommand()
      endWord()
      position++
    } else if (character === '#' && word === undefined) {
      // `# ` at the beginning of a line may also be the prompt of a root shell.
      if (/^# +(?:docker|podman|nerdctl)\s/.test(rest)) position += 1
      else position += /^[^\n]*/.exec(rest)?.[0].length ?? 1
    } else if (redirected !== undefined) {
      word = { text: '', start: position, end: position, isRedirection: true }
      add('', redirected.length)
    } else if (separator !== undefined) {
      endCommand(separator === '|')
      position += separator.length
    } else if (character === "'" || character === '"') {
      const start = position
      if (!readQuoted(character)) return { problem: 'unclosedQuote', start, end: text.length }
    } else if (character === '\\' && !forWindows && rest.length > 1) add(rest.charAt(1), 2)
    else if (!expand()) add(character, 1)
  }
  endWord()
  return { commands: commands.filter(({ words }) => words.length > 0), variables: [...variables] }
}
