import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openInBrowser } from '../../../../src/main/headless/open-browser'
import { eventually } from '../../../support/eventually'
import { silentLog } from '../../../support/fake-services'

const url = 'http://127.0.0.1:4711/login?token=secret'

describe.skipIf(process.platform !== 'linux')('opening the browser', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-open-'))
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await rm(folder, { recursive: true })
  })

  it('keeps the token out of every argument list, in a file that only the user can read', async () => {
    const opener = join(folder, 'xdg-open')
    const seen = join(folder, 'arguments')
    await writeFile(opener, `#!/bin/sh\necho "$@" > ${seen}.new; mv ${seen}.new ${seen}\n`)
    await chmod(opener, 0o755)
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH ?? ''}`)
    await openInBrowser(url, join(folder, 'run'), silentLog)
    const page = join(folder, 'run', 'open.html')
    await eventually(async () => {
      expect(await readFile(seen, 'utf8')).toBe(`file://${page}\n`)
    })
    expect(await readFile(page, 'utf8')).toContain(`url=${url}`)
    expect((await stat(page)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'run'))).mode & 0o777).toBe(0o700)
  })

  it('logs a warning if there is no browser', async () => {
    vi.stubEnv('PATH', folder)
    const warned = vi.spyOn(silentLog, 'warn')
    await openInBrowser(url, folder, silentLog)
    await eventually(() => {
      expect(warned).toHaveBeenCalledWith(expect.anything(), 'could not open the browser')
    })
  })
})
