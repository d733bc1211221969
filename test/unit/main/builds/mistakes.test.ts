import { describe, expect, it } from 'vitest'
import { findMistake, type FailedBuild } from '../../../../src/main/builds/mistakes'

function failed(fields: Partial<FailedBuild>): FailedBuild {
  return {
    message: '',
    step: undefined,
    output: '',
    exists: () => Promise.resolve(false),
    hasWindowsLineEnds: () => Promise.resolve(false),
    ...fields,
  }
}
const missingFile = 'failed to calculate checksum of ref 377a::vgz1: "/missing.txt": not found'

describe('a failed build is explained by', () => {
  it('a COPY of a file that is not in the folder', async () => {
    expect(await findMistake(failed({ message: missingFile }))).toEqual({
      kind: 'source-missing',
      subject: 'missing.txt',
    })
  })

  it('a COPY of a file that .dockerignore excludes', async () => {
    const exists = (path: string) => Promise.resolve(path === 'missing.txt')
    expect(await findMistake(failed({ message: missingFile, exists }))).toEqual({
      kind: 'source-ignored',
      subject: 'missing.txt',
    })
  })

  it('a script with Windows line ends', async () => {
    expect(
      await findMistake(
        failed({
          message: 'process "/bin/sh -c ./start.sh" did not complete successfully: exit code: 127',
          output: '/bin/sh: ./start.sh: not found\n',
          hasWindowsLineEnds: (path) => Promise.resolve(path === 'start.sh'),
        }),
      ),
    ).toEqual({ kind: 'windows-line-ends', subject: 'start.sh' })
  })

  it.each([
    [
      'dockerfile-missing',
      'failed to read dockerfile: open Dockerfile: no such file or directory',
      '',
      'Dockerfile',
    ],
    [
      'package-json-missing',
      'exit code: 254',
      'npm error enoent Could not read package.json: Error',
      'package.json',
    ],
    ['wrong-architecture', 'exit code: 1', 'exec /bin/sh: exec format error', '/bin/sh'],
    [
      'image-missing',
      'nodee:20: failed to resolve source metadata for docker.io/library/nodee:20',
      '',
      'nodee:20',
    ],
    ['disk-full', 'write /x: no space left on device', '', 'no space left on device'],
    ['program-missing', 'exit code: 127', '/bin/sh: npm: not found', 'npm'],
    ['program-missing', 'exit code: 127', 'bash: line 1: git: command not found', 'git'],
  ])('%s', async (kind, message, output, subject) => {
    expect(await findMistake(failed({ message, output }))).toEqual({ kind, subject })
  })

  it('nothing that Berth knows', async () => {
    expect(await findMistake(failed({ message: 'exit code: 1', output: 'Tests failed' }))).toBeNull()
  })
})
