import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ProjectFiles } from '../../src/main/project-files/project-files'
import { invalidComposeFiles, validComposeFiles } from '../support/compose-samples'
import { silentLog } from '../support/fake-services'
import { type MachineFixture, theMachine } from '../support/machine-fixture'

describe('the files of a compose project', () => {
  let fixture: MachineFixture
  let folder: string

  beforeAll(async () => {
    fixture = await theMachine()
    folder = await mkdtemp(join(tmpdir(), 'berth-compose-files-'))
    const mounted = once(fixture.mounts, 'mounted')
    await fixture.mounts.setFolders([{ path: folder, writable: true }])
    await mounted
  }, 120_000)
  afterAll(async () => {
    await fixture.mounts.setFolders([])
    await rm(folder, { recursive: true })
  })

  it('are read by the machine as the editor saved them', async () => {
    const files = new ProjectFiles({
      mounts: fixture.mounts,
      isDockerfileOfBuild: () => false,
      log: silentLog,
    })
    const path = join(folder, 'compose.yaml')
    await writeFile(path, 'services: {}\n')
    const inMachine = async () => (await fixture.machine.link.exec(`cat '${path}'`)).stdout
    expect(await inMachine()).toBe('services: {}\n')
    const { version } = await files.read(path)
    await files.save(path, { text: '# 주석\nservices: { web: { image: demo } }\n', version })
    expect(await inMachine()).toBe('# 주석\nservices: { web: { image: demo } }\n')
  })

  it('are judged by docker compose as the editor judges them', async () => {
    const samples = [...Object.entries(validComposeFiles), ...Object.entries(invalidComposeFiles)]
    for (const [index, [, text]] of samples.entries())
      await writeFile(join(folder, `${String(index)}.yaml`), text)
    // Two at a time, because the machine has two processors.
    const judge = `docker compose -p demo -f {}.yaml config -q 2> {}.err && touch {}.ok`
    await fixture.machine.link.exec(
      `cd '${folder}' && touch .env && seq 0 ${String(samples.length - 1)} | xargs -P 2 -I {} sh -c '${judge} || true'`,
    )
    const { stdout } = await fixture.machine.link.exec(`cd '${folder}' && ls *.ok; tail -n 1 *.err`)
    const isValid = ([title]: [string, string], index: number) =>
      new RegExp(`^${String(index)}\\.ok$`, 'm').test(stdout) ? [title] : []
    expect(samples.flatMap(isValid), stdout).toEqual(Object.keys(validComposeFiles))
  })
})
