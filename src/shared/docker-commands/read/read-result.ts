import type { RunRequest } from '../../run'
import type { NamedFile } from './named-file'

/** What is wrong with a pasted text. The keys are texts under `paste.problems`. */
type Problem =
  | 'empty'
  | 'notRun'
  | 'unclosedQuote'
  | 'unknownFlag'
  | 'missingValue'
  | 'wrongValue'
  | 'missingImage'
  | 'wrongYaml'
  | 'noService'
  | 'onlyBuild'

export interface ReadProblem {
  problem: Problem
  /** The flag, key or value that is wrong. */
  subject: string
  /** The place in the pasted text. */
  start: number
  end: number
}

/** What a pasted text means for the form. */
export interface ReadCommand {
  /** May have values that the form marks as wrong. */
  request: RunRequest
  /** The flags or keys that the form cannot hold, as they are written. */
  notTaken: string[]
  /** The variables whose value only the shell knows. They are in the request as they are written. */
  variables: string[]
  /** True if the text has a path that is relative to a folder, and the folder is not known. */
  needsFolder: boolean
  files: NamedFile[]
}

export type ReadResult = ReadCommand | ReadProblem
