import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SharedFolder } from '../../src/shared/settings'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'

describe('folders of the host', () => {
  let fixture: EngineFixture
  let base: string
  let folder: string
  let readOnly: string
  const container = 'worker'

  beforeAll(async () => {
    base = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'berth-shared-')))
    folder = join(base, 'my project')
    readOnly = join(base, 'read-only')
    for (const path of [folder, readOnly, join(base, 'private')]) fs.mkdirSync(path)
    fs.writeFileSync(join(base, 'private/secret'), 'secret')
    fs.writeFileSync(join(readOnly, 'kept'), 'kept')
    fixture = await EngineFixture.open()
    // While the machine runs.
    await share({ path: folder, writable: true }, { path: readOnly, writable: false })
    const volumes = [
      '-v',
      `${folder}:/usr/src/app`,
      '-v',
      '/usr/src/app/node_modules',
      '-v',
      `${readOnly}:/kept`,
    ]
    fs.writeFileSync(join(folder, 'index.js'), 'one')
    await fixture.docker.run('run', '-d', '--name', container, ...volumes, busybox, 'sleep', '100000')
  })
  afterAll(async () => {
    await fixture.docker.run('rm', '-f', '-v', container)
    await fixture.mounts.setFolders([])
    await fixture.close()
    fs.rmSync(base, { recursive: true, force: true })
  })

  /** Resolves when the machine has mounted exactly these. */
  async function share(...folders: SharedFolder[]): Promise<void> {
    const mounted = once(fixture.mounts, 'mounted')
    await fixture.mounts.setFolders(folders)
    await mounted
  }

  /** What a shell in the container prints, without the last line's end. */
  function sh(script: string): Promise<string> {
    return fixture.docker.run('exec', '-w', '/usr/src/app', container, 'sh', '-c', script)
  }

  it('show an edit at once, in both directions', async () => {
    expect(await sh('cat index.js')).toBe('one')
    fs.writeFileSync(join(folder, 'index.js'), 'two, and longer')
    expect(await sh('cat index.js; stat -c " %s" index.js')).toBe('two, and longer 15')
    await sh('echo -n three > index.js; mkdir -p made; mv index.js made/moved.js; chmod 750 made/moved.js')
    expect(fs.readFileSync(join(folder, 'made/moved.js'), 'utf8')).toBe('three')
    expect(fs.statSync(join(folder, 'made/moved.js')).mode & 0o777).toBe(0o750)
    fs.renameSync(join(folder, 'made'), join(folder, 'renamed'))
    expect(await sh('cat renamed/moved.js; test -e made || echo " gone"')).toBe('three gone')
  })

  it('make inotify tell of what the host does', async () => {
    fs.mkdirSync(join(folder, 'watched/sub'), { recursive: true })
    fs.writeFileSync(join(folder, 'watched/old'), '1')
    fs.writeFileSync(join(folder, 'watched/gone'), '1')
    // A program that runs from the folder itself; Debian's busybox has none of the kind.
    execFileSync('gcc', ['-static', '-o', join(folder, 'watch'), 'test/support/inotify-watch.c'])
    await fixture.docker.run(
      ...['exec', '-d', '-w', '/usr/src/app', container, 'sh', '-c'],
      './watch watched watched/sub > /tmp/events 2>&1 & echo $! >/tmp/watcher; wait',
    )
    const tells = (...events: string[]) =>
      eventually(async () => (await sh('cat /tmp/events')).split('\n')).toEqual(
        expect.arrayContaining(events),
      )
    await tells('ready')
    fs.writeFileSync(join(folder, 'watched/new'), 'x')
    fs.mkdirSync(join(folder, 'watched/folder'))
    fs.appendFileSync(join(folder, 'watched/old'), '2')
    fs.unlinkSync(join(folder, 'watched/gone'))
    await tells(
      ...['create watched new', 'close-write watched new', 'create watched folder'],
      ...['modify watched old', 'delete watched gone'],
    )
    await sh('kill $(cat /tmp/watcher)')
  })

  it('carry any name, links, holes beyond 4 GiB and full folders', async () => {
    const strange = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x27, 0x20, 0x0a, 0x22])])
    fs.writeFileSync(strange, 'strange')
    expect(await sh('cat "$(printf "\\377\\047 \\n\\"")"')).toBe('strange')
    await sh('ln -s /etc/passwd absolute; ln -s ../private/secret relative; ln renamed/moved.js second')
    expect(fs.readlinkSync(join(folder, 'absolute'))).toBe('/etc/passwd')
    expect(fs.statSync(join(folder, 'second')).nlink).toBe(2)
    await sh('dd if=/dev/zero of=holes bs=1 count=1 seek=5368709120 2>/dev/null; echo end >> holes')
    expect(fs.statSync(join(folder, 'holes')).size).toBe(5_368_709_125)
    expect(await sh('tail -c 4 holes; stat -c %s holes')).toBe('end\n5368709125')
    await sh('mkdir full; cd full; seq 1 10000 | xargs touch')
    expect(fs.readdirSync(join(folder, 'full'))).toHaveLength(10_000)
    expect(await sh('ls full | wc -l')).toBe('10000')
  })

  it('keep an anonymous volume over a folder of the host apart', async () => {
    await sh('mkdir -p node_modules/left-pad')
    expect(fs.existsSync(join(folder, 'node_modules/left-pad'))).toBe(false)
    fs.writeFileSync(join(folder, 'package.json'), '{}')
    expect(await sh('cat package.json; ls node_modules')).toBe('{}left-pad')
  })

  it('let no program out of them', async () => {
    fs.symlinkSync(join(base, 'private'), join(folder, 'link'))
    fs.mkdirSync(join(folder, 'swapped'))
    fs.writeFileSync(join(folder, 'swapped/secret'), 'harmless')
    expect(await sh('cat swapped/secret')).toBe('harmless')
    fs.renameSync(join(folder, 'swapped'), join(folder, 'kept'))
    fs.symlinkSync(join(base, 'private'), join(folder, 'swapped'))
    const attempts = [
      'link/secret',
      'swapped/secret',
      'relative',
      '../../../../private/secret',
      `${base}/private/secret`,
    ]
    for (const path of attempts) expect(await sh(`cat ${path} 2>/dev/null || echo refused`)).toBe('refused')
    await sh('echo stolen > link/made; echo stolen > swapped/secret; true')
    expect(fs.readdirSync(join(base, 'private'))).toEqual(['secret'])
    expect(fs.readFileSync(join(base, 'private/secret'), 'utf8')).toBe('secret')
    // Not even root of the machine itself, which reaches the mount's own root.
    const { link } = fixture.machine
    const asked = await link.exec(`cat /run/berth/host/../../../..${base}/private/secret; ls /run/berth/host`)
    expect(asked.stdout).not.toContain('secret')
  })

  it('stay as they are where they may only be read', async () => {
    expect(
      await sh('cat /kept/kept; echo x > /kept/kept || rm /kept/kept || touch /kept/new || echo " refused"'),
    ).toBe('kept refused')
    expect(fs.readdirSync(readOnly)).toEqual(['kept'])
  })

  it('cannot be owned by a database, which is told', async () => {
    await sh('mkdir data; chown 999:999 data || true')
    await eventually(() => fixture.mounts.state.ownerHints.map(({ path }) => path)).toEqual([
      join(folder, 'data'),
    ])
  })

  it('outlive the agent’s processes', async () => {
    const { link } = fixture.machine
    const reading = fixture.docker.run(
      'exec',
      container,
      'sh',
      '-c',
      'sleep 3; cat /usr/src/app/package.json',
    )
    await link.exec('pkill -9 mount-pump; pkill -9 mount-helper')
    expect(await reading).toBe('{}')
    fs.writeFileSync(join(folder, 'package.json'), '{"after":1}')
    expect(await sh('cat package.json')).toBe('{"after":1}')
  })

  it('go on after a pause, with what is open', async () => {
    const running = fixture.docker.run(
      ...['exec', '-w', '/usr/src/app', container, 'sh', '-c'],
      'exec 3> log; echo before >&3; until test -e go; do sleep 0.2; done; echo after >&3; cat log',
    )
    await eventually(() => fs.existsSync(join(folder, 'log'))).toBe(true)
    await fixture.mounts.quiesce()
    const snapshot: unknown = JSON.parse(JSON.stringify(await fixture.mounts.snapshot()))
    await fixture.mounts.restore(snapshot)
    fs.writeFileSync(join(folder, 'go'), '')
    fixture.mounts.release()
    expect(await running).toBe('before\nafter')
  })

  it('are taken away while the machine runs', async () => {
    await share({ path: folder, writable: true })
    await expect
      .poll(() => sh('cat /kept/kept || echo gone').catch(() => ''), { timeout: 10_000 })
      .toBe('gone')
    expect(await sh('cat package.json')).toBe('{"after":1}')
  })
})
