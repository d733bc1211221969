import type { Word } from './words'

/**
 * Writes words as a line for Windows PowerShell 5 and PowerShell 7. If both versions read single quotes alike, the
 * words stay readable. Otherwise `Start-Process` passes the arguments, because it changes nothing in them.
 */
export function powershellLine(words: readonly Word[]): string {
  return words.some(isChanged) ? startProcess(words) : words.map(powershellWord).join(' ')
}

/** For PowerShell, four more characters are single quotes. */
const singleQuotes = /['\u2018-\u201B]/g
/** PowerShell splits a bare word such as `-a.b`, so a flag has few characters. */
const bareWord =
  /^(?:--?[A-Za-z][A-Za-z0-9-]*(?:=[\w-]*)?|[\w/\\][\w./\\:=+-]*|\.{1,2}(?:[/\\][\w./\\:=+-]*)?)$/
/** PowerShell may write a number again in another way, such as `1e3` or `0x10`. */
const number = /^(?=\.?\d)(?:0[xb][\da-f]*|\d*\.?\d*(?:e[+-]?\d+)?)[a-z]{0,4}$/i
const plainNumber = /^(?:0|[1-9]\d{0,8})$/

/**
 * True for words that versions of PowerShell pass in different ways. Before version 7.3, PowerShell drops empty words
 * and writes no backslash before `"`. Version 5 writes a word with a space between quotes, so a backslash at the end
 * escapes the last quote. `--%` is a sign for PowerShell, even between quotes.
 */
function isChanged(word: Word): boolean {
  if (typeof word !== 'string') return word.home.includes('"') || word.home.endsWith('\\')
  return word === '' || word === '--%' || word.includes('"') || (/\s/.test(word) && word.endsWith('\\'))
}

function powershellWord(word: Word): string {
  if (typeof word !== 'string') return homeWord(word.home)
  const isBare = bareWord.test(word) && (!number.test(word) || plainNumber.test(word))
  return isBare ? word : quoted(word)
}

function quoted(text: string): string {
  return `'${text.replace(singleQuotes, '$&$&')}'`
}

/** Without the braces, `$HOME:` would be the name of a drive. */
function homeWord(rest: string): string {
  if (rest === '') return '$HOME'
  const variable = /^[/\\]/.test(rest) ? '$HOME' : '${HOME}'
  return `"${variable}${rest.replace(/[`$\u201C-\u201E]/g, '`$&')}"`
}

function startProcess([program = '', ...rest]: readonly Word[]): string {
  const parts: string[] = []
  let text = ''
  for (const [index, word] of rest.entries()) {
    if (index > 0) text += ' '
    if (typeof word === 'string') text += windowsArgument(word)
    else {
      parts.push(quoted(`${text}"`), '$HOME')
      text = escaped(word.home) + '"'
    }
  }
  const line = [...parts, quoted(text)].join(' + ')
  const list = parts.length === 0 ? line : `(${line})`
  return `Start-Process ${powershellWord(program)} -NoNewWindow -Wait -ArgumentList ${list}`
}

/** Writes an argument as programs for Windows read it: see `CommandLineToArgvW`. */
function windowsArgument(word: string): string {
  return /^[^\s"]+$/.test(word) ? word : `"${escaped(word)}"`
}

/** The inside of a quoted argument. Backslashes are doubled before a quote only. */
function escaped(text: string): string {
  return text.replace(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, '$&$&')
}
