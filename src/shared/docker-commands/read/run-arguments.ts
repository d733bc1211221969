import { type Flag, longFlag, shortFlag } from './flags'
import type { ReadProblem } from './read-result'
import { asWritten, type PastedWord, program } from './shell-text'
import { readPair } from './values'

/** The flags of `docker` itself that have a value. */
const globalOptions = /^(?:--(?:context|host|config|log-level|tlscacert|tlscert|tlskey)|-c|-H|-l)$/

/** A flag with its value, and its place in the pasted text. */
export interface UsedFlag {
  flag: Flag
  value: string
  /** As it is written, such as `--gpus all`. */
  written: string
  start: number
  end: number
}

interface Arguments {
  flags: UsedFlag[]
  image: PastedWord | undefined
  command: PastedWord[]
}

/** Finds `docker run`, `docker create` or `docker container run` in a command. Returns the words after it. */
export function runArguments(
  written: readonly PastedWord[],
): { words: PastedWord[]; notTaken: string[] } | undefined {
  const words = written.filter(({ isRedirection }) => isRedirection !== true)
  let index = words.findIndex(({ text }) => program.test(text))
  // Only a prompt, `sudo`, or the variables of a shell may be before the program.
  const isPrefix = ({ text }: PastedWord) => /^(?:[$#>%]|sudo|winpty|-\w+|\w+=.*)$|^PS$|>$/s.test(text)
  if (index === -1 || !words.slice(0, index).every(isPrefix)) return undefined
  const notTaken: string[] = []
  index++
  for (let word = words[index]?.text ?? ''; word.startsWith('-'); word = words[index]?.text ?? '') {
    const value = globalOptions.test(word) ? ` ${words[index + 1]?.text ?? ''}` : ''
    notTaken.push(asWritten(word + value))
    index += value === '' ? 1 : 2
  }
  if (words[index]?.text === 'container') index++
  const action = words[index]?.text
  return action === 'run' || action === 'create' ? { words: words.slice(index + 1), notTaken } : undefined
}

/** Splits the words into flags, image and command, as the Docker CLI does. */
export function splitArguments(words: readonly PastedWord[], text: string): Arguments | ReadProblem {
  const flags: UsedFlag[] = []
  let index = 0
  for (let word = words[index]; word !== undefined; word = words[index]) {
    if (word.text === '--') {
      index++
      break
    }
    if (!word.text.startsWith('-') || word.text === '-') break
    index++
    const used = flagsIn(word)
    if ('problem' in used) return used
    flags.push(...used.flags)
    const open = used.open
    if (open === undefined) continue
    const value = words[index]
    if (value === undefined)
      return { problem: 'missingValue', subject: asWritten(word.text), start: word.start, end: word.end }
    index++
    flags.push({
      flag: open,
      value: value.text,
      written: text.slice(word.start, value.end).replaceAll(/\s+/g, ' '),
      start: word.start,
      end: value.end,
    })
  }
  return { flags, image: words[index], command: words.slice(index + 1) }
}

/** Reads `--flag`, `--flag=value`, `-f`, `-fvalue` or `-abc`. `open` is a flag whose value is the next word. */
function flagsIn(word: PastedWord): { flags: UsedFlag[]; open?: Flag } | ReadProblem {
  const { text, start, end } = word
  const unknown = (name: string): ReadProblem => ({
    problem: 'unknownFlag',
    subject: asWritten(name),
    start,
    end,
  })
  if (text.startsWith('--')) {
    const { name, value } = readPair(text.slice(2))
    const flag = longFlag(name)
    if (flag === undefined || name === 'help') return unknown(`--${name}`)
    if (value === undefined && flag.takesValue) return { flags: [], open: flag }
    return { flags: [{ flag, value: value ?? 'true', written: asWritten(text), start, end }] }
  }
  const flags: UsedFlag[] = []
  for (let index = 1; index < text.length; index++) {
    const letter = text.charAt(index)
    const flag = shortFlag(letter)
    if (flag === undefined) return unknown(`-${letter}`)
    const rest = text.slice(index + 1)
    if (flag.takesValue && rest === '') return { flags, open: flag }
    if (!flag.takesValue && !rest.startsWith('=')) {
      flags.push({ flag, value: 'true', written: `-${letter}`, start, end })
      continue
    }
    const written = asWritten(`-${letter}${rest}`)
    flags.push({ flag, value: rest.replace(/^=/, ''), written, start, end })
    break
  }
  return { flags }
}
