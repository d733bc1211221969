import { readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { BerthError } from '../../shared/errors'
import { systemErrorCode } from '../lib'

interface Rule {
  /** The pattern as text. */
  text: string
  pattern: RegExp
  /** True for a rule with `!`. */
  includes: boolean
}

/**
 * Which files of a folder a build leaves out. The rules are those of Docker (github.com/moby/patternmatcher), which
 * differ from those of Git: a pattern begins at the top of the folder, and a name matches only there.
 */
export class IgnoreRules {
  readonly #rules: readonly Rule[]

  private constructor(rules: readonly Rule[]) {
    this.#rules = rules
  }

  /**
   * Reads the rules of a build: `<Dockerfile>.dockerignore` beside the Dockerfile, or `.dockerignore` of the folder.
   * @throws BerthError build.ignore-invalid, build.file-unreadable
   */
  static async read(folder: string, dockerfile: string): Promise<IgnoreRules> {
    for (const name of [`${dockerfile}.dockerignore`, '.dockerignore']) {
      const path = join(folder, name)
      try {
        return IgnoreRules.parse(await readFile(path, 'utf8'), path)
      } catch (error) {
        if (error instanceof BerthError) throw error
        if (systemErrorCode(error) !== 'ENOENT')
          throw new BerthError('build.file-unreadable', { path }, { cause: error })
      }
    }
    return new IgnoreRules([])
  }

  /** @throws BerthError build.ignore-invalid */
  static parse(text: string, path: string): IgnoreRules {
    const rules = text
      .replace(/^\uFEFF/, '')
      .split('\n')
      .flatMap((line) => {
        // Docker ignores a comment only if it begins the line.
        const written = line.startsWith('#') ? '' : line.trim()
        const includes = written.startsWith('!')
        const pattern = includes ? written.slice(1).trim() : written
        if (written === '') return []
        try {
          if (pattern === '') throw new SyntaxError()
          const text = clean(pattern)
          return [{ text, pattern: compiled(text), includes }]
        } catch (error) {
          throw new BerthError('build.ignore-invalid', { path, pattern: written }, { cause: error })
        }
      })
    return new IgnoreRules(rules)
  }

  /** Whether the build leaves out a path. The path is relative to the folder, with `/` on every system. */
  ignores(path: string): boolean {
    const parts = path.split('/')
    const places = parts.map((_, index) => parts.slice(0, index + 1).join('/'))
    let ignored = false
    for (const { pattern, includes } of this.#rules)
      if (includes === ignored && places.some((place) => pattern.test(place))) ignored = !includes
    return ignored
  }

  /** Whether a rule with `!` may bring back a file of an ignored folder. */
  mayHaveExceptions(folder: string): boolean {
    return this.#rules.some(
      ({ text, includes }) => includes && (/[*?[\\]/.test(text) || `${text}/`.startsWith(`${folder}/`)),
    )
  }
}

/** As Go's `filepath.Clean`. A leading slash means the top of the folder, which every pattern begins at. */
function clean(pattern: string): string {
  const normal = posix.normalize(pattern).replace(/(?<=.)\/$/, '')
  return normal.length > 1 ? normal.replace(/^\//, '') : normal
}

/** @throws SyntaxError if a bracket is not closed */
function compiled(pattern: string): RegExp {
  let source = ''
  let inClass = false
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern.charAt(index)
    if (inClass) {
      if (character === ']') inClass = false
      source += character === '[' ? String.raw`\[` : character
    } else if (pattern.startsWith('**', index)) {
      index += pattern.charAt(index + 2) === '/' ? 2 : 1
      source += index + 1 >= pattern.length ? '.*' : '(?:.*/)?'
    } else if (character === '*') source += '[^/]*'
    else if (character === '?') source += '[^/]'
    else if (character === '[') {
      if (/^\[\^?\]/.test(pattern.slice(index))) throw new SyntaxError('the brackets are empty')
      inClass = true
      source += character
    } else if (character === '\\') {
      index += 1
      source += escaped(pattern.charAt(index))
    } else source += escaped(character)
  }
  return new RegExp(`^${source}$`, 's')
}

function escaped(text: string): string {
  return text.replaceAll(/[$()*+./?[\\\]^{|}]/g, String.raw`\$&`)
}
