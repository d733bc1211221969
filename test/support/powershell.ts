/** The versions of PowerShell that pass words to a program in different ways. */
export const powershellVersions = ['5.1', '7.2', '7.3'] as const
export type PowershellVersion = (typeof powershellVersions)[number]

/** For PowerShell, these are quotes too. */
const isSingleQuote = (character: string) => /^['\u2018\u2019\u201A\u201B]$/.test(character)
const isDoubleQuote = (character: string) => /^["\u201C\u201D\u201E]$/.test(character)
/** What PowerShell takes for a number. It may pass a number on in another notation. */
const number = /^(?:0x[\da-f]+|0b[01]+|\d+\.?\d*(?:e[+-]?\d+)?)u?[dlnsy]?(?:[kmgtp]b)?$/i

/**
 * Reads a line as PowerShell does (github.com/PowerShell/PowerShell, `tokenizer.cs`). Throws if the line has a notation
 * that Berth does not write.
 */
function readLine(line: string, home: string): string[] {
  let at = 0
  const character = () => line.charAt(at)
  const fail = (): never => {
    throw new Error(`not a line of Berth at ${String(at)}: ${line}`)
  }
  function single(): string {
    let text = ''
    for (at++; at < line.length; at++) {
      if (isSingleQuote(character())) {
        if (!isSingleQuote(line.charAt(at + 1))) break
        at++
      }
      text += character()
    }
    if (at++ >= line.length) fail()
    return text
  }
  function variable(): string {
    const [name] = /^\$(?:HOME(?![\w:])|\{HOME\})/.exec(line.slice(at)) ?? [fail()]
    at += name.length
    return home
  }
  function double(): string {
    let text = ''
    at++
    while (at < line.length && !isDoubleQuote(character())) {
      if (character() === '$') text += variable()
      else {
        if (character() === '`') at++
        text += character()
        at++
      }
    }
    if (at++ >= line.length) fail()
    return text
  }
  function value(): string {
    if (isSingleQuote(character())) return single()
    if (isDoubleQuote(character())) return double()
    return variable()
  }
  function sum(): string {
    at++
    let text = value()
    while (line.startsWith(' + ', at)) {
      at += 3
      text += value()
    }
    if (character() !== ')') fail()
    at++
    return text
  }
  function bare(): string {
    const [word] = /^[\w./\\:=+-]+/.exec(line.slice(at)) ?? [fail()]
    // PowerShell splits a flag at a dot or a colon.
    if (/^-.*[.:]/.test(word) || (number.test(word) && !/^(?:0|[1-9]\d*)$/.test(word))) fail()
    at += word.length
    return word
  }
  const words: string[] = []
  while (at < line.length) {
    if (words.length > 0 && line.charAt(at++) !== ' ') fail()
    if (character() === '(') words.push(sum())
    else words.push(/[$'"\u2018-\u201E]/.test(character()) ? value() : bare())
  }
  return words
}

/** Whether an old PowerShell puts quotes around a word. It knows no escaped quotes. */
function isWrapped(word: string): boolean {
  let quotes = 0
  for (const character of word) {
    if (character === '"') quotes++
    else if (/\s/.test(character) && quotes % 2 === 0) return true
  }
  return false
}

/** Puts words into the line that Windows passes to a program (`NativeCommandParameterBinder.cs`). */
function nativeLine(words: readonly string[], version: PowershellVersion): string {
  if (words.includes('--%')) throw new Error('PowerShell would take the next words as they are')
  if (version === '7.3')
    return words
      .map((word) =>
        word !== '' && !/[\s"]/.test(word)
          ? word
          : `"${word.replace(/(\\*)("|$)/g, (_, slashes: string, end: string) => slashes + slashes + (end === '' ? '' : '\\"'))}"`,
      )
      .join(' ')
  return words
    .filter((word) => word !== '')
    .map((word) => {
      const [slashes = ''] = /\\*$/.exec(word) ?? []
      return isWrapped(word) ? `"${word}${version === '7.2' ? slashes : ''}"` : word
    })
    .join(' ')
}

/** Splits the line of a program as programs in Go do, such as the docker CLI (Go, `os/exec_windows.go`). */
function programArguments(line: string): string[] {
  const words: string[] = []
  let rest = line
  while (rest !== '') {
    if (/^[ \t]/.test(rest)) {
      rest = rest.slice(1)
      continue
    }
    let word = ''
    let isQuoted = false
    let slashes = 0
    while (rest !== '') {
      const character = rest.charAt(0)
      if (/[ \t]/.test(character) && !isQuoted) break
      rest = rest.slice(1)
      if (character === '\\') {
        slashes++
        continue
      }
      if (character !== '"') word += '\\'.repeat(slashes) + character
      else {
        word += '\\'.repeat(Math.floor(slashes / 2))
        if (slashes % 2 === 1) word += '"'
        else {
          if (isQuoted && rest.startsWith('"')) {
            word += '"'
            rest = rest.slice(1)
          }
          isQuoted = !isQuoted
        }
      }
      slashes = 0
    }
    words.push(word + '\\'.repeat(slashes))
  }
  return words
}

/** The program and the arguments that it gets if a user pastes a line into PowerShell. */
export function pastedIntoPowershell(
  line: string,
  { version, home }: { version: PowershellVersion; home: string },
): string[] {
  const [program = '', ...words] = readLine(line, home)
  if (program !== 'Start-Process') return [program, ...programArguments(nativeLine(words, version))]
  const [started = '', noWindow, wait, name, list = ''] = words
  if (
    `${noWindow ?? ''} ${wait ?? ''} ${name ?? ''}` !== '-NoNewWindow -Wait -ArgumentList' ||
    words.length !== 5
  )
    throw new Error(`not a line of Berth: ${line}`)
  return [started, ...programArguments(list)]
}
