import { join, posix } from 'node:path'
import { BerthError } from '../../shared/errors'
import { message, systemErrorCode } from '../lib'
import { ignorePattern } from './ignore-pattern'
import { readSmallFile } from './small-file'

interface Rule {
  /** The pattern as text. */
  text: string
  matches: (path: string) => boolean
  /** True for a rule with `!`. */
  includes: boolean
}

/** A folder or file, and which of the rules match it or a folder above it. */
interface Place {
  path: string
  matched: readonly boolean[]
  ignored: boolean
}

/**
 * Which files of a folder a build leaves out. The rules are those of Docker (github.com/moby/patternmatcher), which
 * differ from those of Git: a pattern begins at the top of the folder, and a name matches only there.
 */
export class IgnoreRules {
  readonly #rules: readonly Rule[]
  /** The last path that somebody asked for, after the folders above it. */
  readonly #chain: Place[] = []

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
        return IgnoreRules.parse(await readSmallFile(path), path)
      } catch (error) {
        if (error instanceof BerthError) throw error
        if (systemErrorCode(error) !== 'ENOENT')
          throw new BerthError('build.file-unreadable', { path }, { detail: message(error), cause: error })
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
          return [{ text, matches: ignorePattern(text), includes }]
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
    // A walk of a folder asks for the files of one folder after each other.
    const known = places.findIndex((place, index) => this.#chain[index]?.path !== place)
    if (known >= 0) this.#chain.length = Math.min(this.#chain.length, known)
    for (const place of places.slice(this.#chain.length))
      this.#chain.push(this.#placeBelow(this.#chain.at(-1), place))
    return this.#chain[parts.length - 1]?.ignored ?? false
  }

  /** As `MatchesUsingParentResults` of the patternmatcher, which buildx uses. */
  #placeBelow(above: Place | undefined, path: string): Place {
    let ignored = false
    const matched = this.#rules.map(({ matches, includes }, index) => {
      const isMatch = above?.matched[index] === true || (includes === ignored && matches(path))
      if (isMatch) ignored = !includes
      return isMatch
    })
    return { path, matched, ignored }
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
