import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Backups } from '../../src/main/backups'
import { Files } from '../../src/main/files'
import { Tasks } from '../../src/main/tasks'
import type { TaskEvent } from '../../src/shared/tasks'
import { silentLog } from '../support/fake-services'
import { EngineFixture, eventually, localVolume } from '../support/engine-fixture'
import { archive } from '../unit/main/backups/support'

describe('backups of volumes', { timeout: 120_000 }, () => {
  let fixture: EngineFixture
  let home: string
  let tasks: Tasks
  let backups: Backups

  beforeAll(async () => {
    fixture = await EngineFixture.open()
  })
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'berth-backups-'))
    await mkdir(join(home, 'machine'))
    tasks = await Tasks.open({ folder: join(home, 'tasks'), log: silentLog })
    backups = newBackups()
  })
  afterEach(async () => {
    backups.close()
    await tasks.closeAll()
    await fixture.clear()
    await rm(home, { recursive: true })
  })
  afterAll(() => fixture.close())

  function newBackups(): Backups {
    const { engine, state, machine } = fixture
    const { link } = machine
    const files = new Files({ link, engine })
    const paths = { home, machine: join(home, 'machine') }
    return new Backups({ paths, log: silentLog, link, engine, state, files, tasks })
  }
  /** Runs a command in the machine. */
  async function run(command: string): Promise<string> {
    const { code, stdout, stderr } = await fixture.machine.link.exec(command)
    if (code !== 0) throw new Error(stderr)
    return stdout
  }
  /** Creates a volume. Returns its folder in the machine. */
  async function volume(name: string, labels: Record<string, string> = {}): Promise<string> {
    await fixture.engine.volumes.create({ ...localVolume(name), labels })
    return (await fixture.engine.volumes.folder(name))?.path ?? ''
  }
  const folderOf = async (name: string) => (await fixture.engine.volumes.folder(name))?.path ?? ''
  /** Says everything about the files in a folder that a backup keeps. */
  const facts = (folder: string) =>
    run(`cd ${folder} && find . -exec stat -c '%n %f %u %g %s %h %t %T' {} + | sort;
      find . -type f -exec md5sum {} + | sort; find . -type l -exec readlink {} ';' | sort;
      find . ! -type l -exec stat -c '%n %Y' {} + | sort`)
  const noFilesLeft = async () => {
    const names = await readdir(join(home, 'volume-backups'), { recursive: true })
    return names.filter((name) => name.includes('.partial'))
  }
  const processes = async (name: string) =>
    run(`ps -o args | grep -c '[${name.slice(0, 1)}]${name.slice(1)}' || true`)

  it('are restored under another name with contents, owners, modes, times and links', async () => {
    const folder = await volume('data', { team: 'one' })
    await run(`cd ${folder} && mkdir -p 'sub/한 글' empty && echo hello > sub/file && ln sub/file second &&
      ln -s ../outside sub/link && ln -s sub/file near && mkfifo pipe && head -c 3000000 /dev/urandom > 'sub/한 글/random' &&
      chmod 4711 sub/file && chmod 2770 empty && chown 1000660000:70 sub/file sub && chown -h 5:6 sub/link &&
      chown 70:70 . && chmod 700 . && touch -d @1600000000 sub/file empty sub . && mknod gone c 0 0`)
    const before = await facts(folder)
    const made = await tasks.ended(await backups.create({ volume: 'data', pause: true }))
    expect(made).toMatchObject({ state: 'succeeded' })
    const [backup] = backups.current.backups
    expect(backup).toMatchObject({ volume: 'data', labels: { team: 'one' }, scheduled: false })
    await fixture.engine.volumes.remove('data')

    const { stream, name, bytes } = await backups.open(backup?.id ?? '')
    const file = await buffer(stream)
    expect(name).toMatch(/^data-\d{8}-\d{6}\.tar\.gz$/)
    expect(file.length).toBe(bytes)
    expect(gunzipSync(file).length).toBe(backup?.contentBytes)
    const [kept = ''] = (await readdir(join(home, 'volume-backups/data'))).filter((one) =>
      one.endsWith('.tar.gz'),
    )
    expect((await stat(join(home, 'volume-backups/data', kept))).mode & 0o777).toBe(0o600)

    // Another start of Berth finds the backup on the disk.
    backups.close()
    backups = newBackups()
    await eventually(() => backups.current.backups).toEqual([backup])
    const id = await backups.restore({ id: backup?.id ?? '', to: 'copy', replace: false })
    expect(await tasks.ended(id)).toMatchObject({ state: 'succeeded', error: null })
    expect(await facts(await folderOf('copy'))).toBe(before)
    expect((await fixture.engine.volumes.settings('copy')).labels).toEqual({ team: 'one' })

    // The same file as an upload. The mark of a removed file is no device.
    const target = { to: 'uploaded', replace: false, bytes: file.length }
    await backups.restoreUpload(target, Readable.from([file]))
    expect(await facts(await folderOf('uploaded'))).toBe(before)
  })

  it('replace an existing volume only when they are complete, and never under a running container', async () => {
    const folder = await volume('data')
    await run(`echo old > ${folder}/file`)
    await tasks.ended(await backups.create({ volume: 'data', pause: false }))
    const id = backups.current.backups[0]?.id ?? ''
    await run(`echo new > ${folder}/file; echo extra > ${folder}/extra`)
    await expect(backups.restore({ id, to: 'data', replace: false })).rejects.toMatchObject({
      code: 'volume.name-taken',
    })
    const user = await fixture.run({
      name: 'user',
      volumes: [{ volume: 'data', path: '/data', readOnly: false }],
    })
    await eventually(() => fixture.state.containers.get(user.id)?.mounts).toHaveLength(1)
    await expect(backups.restore({ id, to: 'data', replace: true })).rejects.toMatchObject({
      code: 'backup.volume-running',
      params: { volume: 'data', containers: 'user' },
    })
    await fixture.engine.containers.remove(user.id, { force: true, volumes: false })
    await eventually(() => fixture.state.containers.size).toBe(0)

    const upload = (bytes: Buffer) =>
      backups.restoreUpload({ to: 'data', replace: true, bytes: bytes.length }, Readable.from([bytes]))
    const outside = await archive([
      { name: 'first', content: 'x' },
      { name: '../outside', content: 'x' },
    ])
    for (const [bytes, code] of [
      [Buffer.from('no archive'), 'backup.not-an-archive'],
      [gzipSync(outside).subarray(0, -9), 'backup.unsafe-path'],
      [outside.subarray(0, 1024), 'backup.damaged'],
    ] as const)
      await expect(upload(bytes)).rejects.toMatchObject({ code })
    expect(await run(`cat ${folder}/*; ls ${folder}/..`)).toBe('extra\nnew\n_data\n')

    expect(await tasks.ended(await backups.restore({ id, to: 'data', replace: true }))).toMatchObject({
      state: 'succeeded',
    })
    expect(await run(`cat ${folder}/*`)).toBe('old\n')
    await eventually(() => run(`ls ${folder}/..`)).toBe('_data\n')

    // An archive without an entry for the volume itself leaves its owner and mode.
    await run(`chown 70:71 ${folder} && chmod 750 ${folder}`)
    await upload(await archive([{ name: 'only', content: 'x' }]))
    expect(await run(`cd ${folder} && stat -c '%u %g %a' . && ls`)).toBe('70 71 750\nonly\n')
  })

  it('leave nothing when they are cancelled or the link is cut, and resume the containers', async () => {
    const folder = await volume('data')
    await run(`head -c 12000000 /dev/urandom > ${folder}/random`)
    const { id: user } = await fixture.run({ volumes: [{ volume: 'data', path: '/data', readOnly: false }] })
    await eventually(() => fixture.state.containers.get(user)?.state).toBe('running')
    const progressed = (id: string) =>
      new Promise<void>((resolve) => {
        const watch = (event: TaskEvent): void => {
          if (event.type !== 'task' || event.task.id !== id || (event.task.progress?.done ?? 0) < 1_000_000)
            return
          tasks.off('change', watch)
          resolve()
        }
        tasks.on('change', watch)
      })

    for (const end of ['cancel', 'cut'] as const) {
      const id = await backups.create({ volume: 'data', pause: true })
      await progressed(id)
      expect((await fixture.engine.containers.find(user))?.state).toBe('paused')
      await expect(backups.create({ volume: 'data', pause: true })).rejects.toMatchObject({
        code: 'backup.busy',
      })
      if (end === 'cancel') await tasks.cancel(id)
      else fixture.machine.link.cut()
      expect((await tasks.ended(id)).state).toBe(end === 'cancel' ? 'cancelled' : 'failed')
      await eventually(() => fixture.state.containers.get(user)?.state).toBe('running')
      expect(backups.current.backups).toEqual([])
      expect(await noFilesLeft()).toEqual([])
      await eventually(() => processes('berth/files')).toBe('0\n')
    }

    await fixture.engine.containers.remove(user, { force: true, volumes: false })
    await tasks.ended(await backups.create({ volume: 'data', pause: true }))
    const backup = backups.current.backups[0]?.id ?? ''
    for (const [end, to] of [
      ['cancel', 'data'],
      ['cut', 'fresh'],
      ['cut', 'data'],
    ] as const) {
      const id = await backups.restore({ id: backup, to, replace: true })
      await progressed(id)
      if (end === 'cancel') await tasks.cancel(id)
      else fixture.machine.link.cut()
      expect((await tasks.ended(id)).state).toBe(end === 'cancel' ? 'cancelled' : 'failed')
      const names = async () => (await fixture.engine.volumes.list()).map(({ name }) => name)
      await eventually(names).toEqual(['data'])
      await eventually(() => run(`ls ${folder}/..`)).toBe('_data\n')
      await eventually(() => processes('tar -x')).toBe('0\n')
    }
  })
})
