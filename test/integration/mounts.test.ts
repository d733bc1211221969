import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { execa } from 'execa'
import { bindMountInterceptors } from '../../src/main/docker-socket/create-request'
import { engineSocketPath } from '../../src/main/engine/client'
import type { SharedFolder } from '../../src/shared/settings'
import { hasDockerCli } from '../support/docker-cli'
import { listeningSocket } from '../support/docker-socket'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'
import { crashFileServerThread } from '../support/file-server-thread'
import { theMachine } from '../support/machine-fixture'

describe.runIf(hasDockerCli)('shared folders', () => {
  let proxy: Awaited<ReturnType<typeof listeningSocket>>
  let fixture: EngineFixture
  let base: string
  let folder: string
  let readOnly: string
  const container = 'worker'

  beforeAll(async () => {
    base = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'berth-shared-')))
    folder = join(base, 'my project')
    readOnly = join(base, 'read-only')
    for (const path of [folder, readOnly, join(base, 'private'), join(folder, 'full')]) fs.mkdirSync(path)
    for (let file = 101; file <= 10_000; file++) fs.writeFileSync(join(folder, 'full', String(file)), '')
    fs.writeFileSync(join(base, 'private/secret'), 'secret')
    fs.writeFileSync(join(readOnly, 'kept'), 'kept')
    fixture = await EngineFixture.open()
    // The machine is already running.
    await share({ path: folder, writable: true }, { path: readOnly, writable: false })
    proxy = await listeningSocket({
      openEngine: () => fixture.machine.link.openUnixSocket(engineSocketPath),
      beforeRequest: () => Promise.resolve(),
      interceptors: bindMountInterceptors(() => fixture.mounts.currentBindContext()),
    })
    const volumes = ['-v', '.:/usr/src/app', '-v', '/usr/src/app/node_modules', '-v', `${readOnly}:/kept`]
    fs.writeFileSync(join(folder, 'index.js'), 'one')
    await docker('run', '-d', '--name', container, ...volumes, busybox, 'sleep', '100000')
  })
  afterAll(async () => {
    await docker('rm', '-f', '-v', container)
    await fixture.mounts.setFolders([])
    await proxy.close()
    await fixture.close()
    fs.rmSync(base, { recursive: true, force: true })
  })

  /** Shares exactly these folders. Resolves when the machine has mounted them. */
  async function share(...folders: SharedFolder[]): Promise<void> {
    const mounted = once(fixture.mounts, 'mounted')
    await fixture.mounts.setFolders(folders)
    await mounted
  }

  /** Runs the host's Docker CLI in the folder, as a user does. Returns the output. */
  async function docker(...args: string[]): Promise<string> {
    const env = { DOCKER_HOST: `unix://${proxy.path}`, DOCKER_CONFIG: base }
    return (await execa('docker', args, { cwd: folder, env })).stdout
  }

  /** Runs a script in a shell of the container. Returns the output without the last newline. */
  function sh(script: string): Promise<string> {
    return docker('exec', '-w', '/usr/src/app', container, 'sh', '-c', script)
  }

  it('show an edit immediately, in both directions', async () => {
    expect(await sh('cat index.js')).toBe('one')
    fs.writeFileSync(join(folder, 'index.js'), 'two, and longer')
    expect(await sh('cat index.js; stat -c " %s" index.js')).toBe('two, and longer 15')
    await sh('echo -n three > index.js; mkdir -p made; mv index.js made/moved.js; chmod 750 made/moved.js')
    expect(fs.readFileSync(join(folder, 'made/moved.js'), 'utf8')).toBe('three')
    expect(fs.statSync(join(folder, 'made/moved.js')).mode & 0o777).toBe(0o750)
    fs.renameSync(join(folder, 'made'), join(folder, 'renamed'))
    expect(await sh('cat renamed/moved.js; test -e made || echo " gone"')).toBe('three gone')
  })

  it('make inotify report changes of the host', async () => {
    const watched = join(folder, 'watched')
    fs.mkdirSync(join(watched, 'sub'), { recursive: true })
    for (const name of ['old', 'gone', 'renamed', 'moved']) fs.writeFileSync(join(watched, name), '1')
    // The test builds its own inotify program into the folder, because Debian's busybox has none.
    execFileSync('gcc', ['-static', '-o', join(folder, 'watch'), 'test/support/inotify-watch.c'])
    await docker(
      ...['exec', '-d', '-w', '/usr/src/app', container, 'sh', '-c'],
      './watch watched watched/sub > /tmp/events 2>&1',
    )
    const tells = (...events: string[]) =>
      eventually(async () => (await sh('cat /tmp/events')).split('\n')).toEqual(
        expect.arrayContaining(events),
      )
    await tells('ready')
    fs.writeFileSync(join(watched, 'new'), 'x')
    fs.mkdirSync(join(watched, 'folder'))
    fs.appendFileSync(join(watched, 'old'), '2')
    fs.unlinkSync(join(watched, 'gone'))
    fs.renameSync(join(watched, 'renamed'), join(watched, 'again'))
    fs.renameSync(join(watched, 'moved'), join(watched, 'sub/moved'))
    await tells(
      ...['create watched new', 'close-write watched new', 'create watched folder'],
      ...['modify watched old', 'delete watched gone'],
      ...['moved-from watched renamed', 'moved-to watched again'],
      ...['moved-from watched moved', 'moved-to watched/sub moved'],
    )
    // Saves atomically, as editors do. The watching process must never see that the file is deleted.
    for (let save = 1; save <= 20; save++) {
      fs.writeFileSync(join(watched, 'old.tmp'), `save ${String(save)}`)
      fs.renameSync(join(watched, 'old.tmp'), join(watched, 'old'))
      await eventually(() => sh('grep -c "moved-to watched old" /tmp/events || true')).toBe(String(save))
    }
    expect(await sh('grep -x "delete watched old" /tmp/events; cat watched/old')).toBe('save 20')
    fs.writeFileSync(join(watched, 'empty'), '')
    await tells('create watched empty', 'close-write watched empty')
    fs.rmSync(join(watched, 'empty'))
    fs.writeFileSync(join(watched, 'draft'), 'as an editor saves')
    await tells('create watched draft')
    fs.renameSync(join(watched, 'draft'), join(watched, 'sub/moved'))
    await tells('moved-from watched draft')
    // As many programs do, starts to watch the new folder after inotify has reported the folder.
    await docker(
      ...['exec', '-d', '-w', '/usr/src/app', container, 'sh', '-c'],
      './watch watched/folder > /tmp/events 2>&1',
    )
    await tells('ready')
    fs.writeFileSync(join(watched, 'folder/file'), 'x')
    await tells('create watched/folder file')
    fs.renameSync(join(watched, 'folder/file'), join(watched, 'folder/named'))
    await tells('moved-from watched/folder file', 'moved-to watched/folder named')
    fs.rmSync(join(watched, 'folder/named'))
    await tells('delete watched/folder named')
    expect(await sh('cat watched/sub/moved 2>&1; ls watched watched/folder; killall watch')).toBe(
      'as an editor saveswatched:\nagain\nfolder\nnew\nold\nsub\n\nwatched/folder:',
    )
  })

  it('support any file name, links, holes beyond 4 GiB and folders with many files', async () => {
    const strange = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x27, 0x20, 0x0a, 0x22])])
    fs.writeFileSync(strange, 'strange')
    expect(await sh('cat "$(printf "\\377\\047 \\n\\"")"')).toBe('strange')
    await sh('ln -s /etc/passwd absolute; ln -s ../private/secret relative; ln renamed/moved.js second')
    expect(fs.readlinkSync(join(folder, 'absolute'))).toBe('/etc/passwd')
    expect(fs.statSync(join(folder, 'second')).nlink).toBe(2)
    await sh('dd if=/dev/zero of=holes bs=1 count=1 seek=5368709120 2>/dev/null; echo end >> holes')
    expect(fs.statSync(join(folder, 'holes')).size).toBe(5_368_709_125)
    expect(await sh('tail -c 4 holes; stat -c %s holes')).toBe('end\n5368709125')
    expect(await sh('cd full; seq 1 100 | xargs touch; ls | wc -l; ls | sort -n | uniq | tail -1')).toBe(
      '10000\n10000',
    )
    expect(fs.readdirSync(join(folder, 'full'))).toHaveLength(10_000)
  })

  it('behave like an ordinary folder in the container', async () => {
    execFileSync('gcc', ['-static', '-o', join(folder, 'posix-check'), 'test/support/posix-check.c'])
    expect(await sh('mkdir checked && cd checked && ../posix-check')).toBe('done')
  })

  it('stay separate from an anonymous volume that a container mounts over a subfolder', async () => {
    await sh('mkdir -p node_modules/left-pad')
    expect(fs.existsSync(join(folder, 'node_modules/left-pad'))).toBe(false)
    fs.writeFileSync(join(folder, 'package.json'), '{}')
    expect(await sh('cat package.json; ls node_modules')).toBe('{}left-pad')
  })

  it('do not let containers or the machine’s root user reach files outside the shared folders', async () => {
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
    // The machine's root user can reach the root of the FUSE mount, but must not get out of it.
    const { link } = fixture.machine
    const asked = await link.exec(`cat /run/berth/host/../../../..${base}/private/secret; ls /run/berth/host`)
    expect(asked.stdout).not.toContain('secret')
  })

  it('hide Berth’s own folder, even from the machine’s root user', async () => {
    const { machine, paths } = await theMachine()
    const around = dirname(paths.home)
    fs.writeFileSync(join(around, 'seen'), 'seen')
    await share(
      { path: folder, writable: true },
      { path: readOnly, writable: false },
      { path: around, writable: true },
    )
    const home = JSON.stringify(paths.home)
    const attempts = [
      ...[`cat ${home}/machine/*`, `ls ${home}`, `cd ${home} && cat settings.json`],
      ...[
        `mv ${home} ${home}-moved`,
        `mkdir ${home}`,
        `ln -s / ${home}`,
        `mount --bind ${home} /mnt && ls /mnt`,
      ],
      `ln -s ${home} ${around}/by-link && ls ${around}/by-link/machine`,
    ]
    for (const attempt of attempts) expect((await machine.link.exec(attempt)).code, attempt).not.toBe(0)
    const { stdout } = await machine.link.exec(`ls -a ${around}; find ${around} -maxdepth 2`)
    expect(stdout.split('\n')).toContain('seen')
    expect(stdout.split('\n').filter((line) => line.includes(basename(paths.home)))).toEqual([])
    for (const name of ['by-link', 'seen']) fs.rmSync(join(around, name))
    await share({ path: folder, writable: true }, { path: readOnly, writable: false })
  })

  it('refuse writes if they are read-only, and still report changes of the host', async () => {
    const watching = ['exec', '-d', '-w', '/kept', container, 'sh', '-c']
    await docker(...watching, '/usr/src/app/watch . > /tmp/kept 2>&1')
    const tells = (...events: string[]) =>
      eventually(async () => (await sh('cat /tmp/kept')).split('\n')).toEqual(expect.arrayContaining(events))
    await tells('ready')
    fs.writeFileSync(join(readOnly, 'added'), '1')
    await tells('create . added', 'close-write . added')
    fs.rmSync(join(readOnly, 'added'))
    await tells('delete . added')
    await sh('killall watch')
    expect(
      await sh('cat /kept/kept; echo x > /kept/kept || rm /kept/kept || touch /kept/new || echo " refused"'),
    ).toBe('kept refused')
    expect(fs.readdirSync(readOnly)).toEqual(['kept'])
  })

  it('appear to belong to any user who reads them until a container changes the owner, and Berth reports this change', async () => {
    const asUser = (script: string) =>
      docker('exec', '--user', '1000:1000', '-w', '/usr/src/app', container, 'sh', '-c', script)
    expect(await asUser('echo mine > mine; stat -c %u:%g mine package.json .')).toBe(
      '1000:1000\n1000:1000\n1000:1000',
    )
    expect(await sh('mkdir data; chown 999:998 data; stat -c %u:%g data mine')).toBe('999:998\n0:0')
    expect(await asUser('stat -c %u:%g data')).toBe('999:998')
    expect(await sh('mkfifo pipe; echo through > pipe & cat pipe; stat -c %F pipe')).toBe('through\nfifo')
    expect(fs.statSync(join(folder, 'data')).uid).toBe(process.getuid?.())
    await eventually(() => fixture.mounts.state.ownerHints.map(({ path }) => path)).toEqual([
      join(folder, 'data'),
    ])
  })

  it('show the new content when an editor replaces a file that a container mounts as a single file', async () => {
    const conf = join(folder, 'conf')
    fs.writeFileSync(conf, 'one')
    await docker('run', '-d', '--name', 'configured', '-v', `${conf}:/etc/conf`, busybox, 'sleep', '100000')
    try {
      const inside = (script: string) => docker('exec', 'configured', 'sh', '-c', script)
      expect(await inside('cat /etc/conf')).toBe('one')
      for (const content of ['two, and longer', 'three']) {
        fs.writeFileSync(join(folder, 'draft'), content)
        fs.renameSync(join(folder, 'draft'), conf)
        expect(await inside('cat /etc/conf')).toBe(content)
      }
      // Saves as vim does.
      fs.renameSync(conf, `${conf}~`)
      fs.writeFileSync(conf, 'by vim')
      fs.rmSync(`${conf}~`)
      await eventually(() => inside('cat /etc/conf')).toBe('by vim')
      await inside('echo -n four > /etc/conf')
      expect(fs.readFileSync(conf, 'utf8')).toBe('four')
    } finally {
      await docker('rm', '-f', 'configured')
    }
  })

  it('still work after the machine’s processes for the mounts were killed', async () => {
    const { link } = fixture.machine
    const reading = docker('exec', container, 'sh', '-c', 'sleep 3; cat /usr/src/app/package.json')
    await link.exec('pkill -9 mount-pump; pkill -9 mount-helper')
    expect(await reading).toBe('{}')
    fs.writeFileSync(join(folder, 'package.json'), '{"after":1}')
    expect(await sh('cat package.json')).toBe('{"after":1}')
  })

  it('show what the host has changed, also after a crash of the thread that serves them', async () => {
    const look = () => sh('stat -c %s seen; ls folder; test ! -e later || echo exists')
    fs.mkdirSync(join(folder, 'folder'))
    fs.writeFileSync(join(folder, 'seen'), 'one')
    // While a container mounts the file, the machine's kernel keeps the file in its cache.
    await docker('run', '-d', '--name', 'user', '-v', './seen:/seen', busybox, 'sleep', '100000')
    expect(await look()).toBe('3')
    const mounted = once(fixture.mounts, 'mounted')
    await crashFileServerThread()
    for (const name of ['folder/new', 'later']) fs.writeFileSync(join(folder, name), '')
    fs.writeFileSync(join(folder, 'seen'), 'other')
    await mounted
    await eventually(look).toBe('5\nnew\nexists')
    await docker('rm', '-f', 'user')
  })

  it('keep files open across a suspension', async () => {
    const running = docker(
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

  it('return automatically when their drive is connected again', async () => {
    const [drive, away] = [join(base, 'drive'), join(base, 'unplugged')]
    const problems = () => fixture.mounts.state.folders.map(({ problem }) => problem?.code)
    await share({ path: folder, writable: true }, { path: drive, writable: true })
    expect(problems()).toEqual([undefined, 'mounts.folder-missing'])
    await expect(docker('run', '--rm', '-v', `${drive}:/d`, busybox, 'true')).rejects.toThrow(
      'does not exist',
    )
    fs.mkdirSync(join(drive, 'sub'), { recursive: true })
    fs.writeFileSync(join(drive, 'sub/file'), 'one')
    await docker('run', '-d', '--name', 'driven', '-v', `${drive}/sub:/d`, busybox, 'sleep', '100000')
    const inside = (script: string) => docker('exec', 'driven', 'sh', '-c', script)
    try {
      expect(await inside('cat /d/file; cat /d/later || echo " not yet"')).toBe('one not yet')
      fs.renameSync(drive, away)
      await eventually(problems).toEqual([undefined, 'mounts.folder-missing'])
      expect(await inside('cat /d/file || echo gone')).toBe('gone')
      fs.writeFileSync(join(away, 'sub/file'), 'two')
      fs.writeFileSync(join(away, 'sub/later'), ' and more')
      fs.renameSync(away, drive)
      await eventually(problems).toEqual([undefined, undefined])
      await eventually(() => inside('cat /d/file /d/later || true')).toBe('two and more')
      fs.writeFileSync(join(drive, 'sub/file'), 'three')
      await eventually(() => inside('cat /d/file')).toBe('three')
    } finally {
      await docker('rm', '-f', 'driven')
    }
  })

  it('can be removed while the machine runs', async () => {
    await share({ path: folder, writable: true })
    await expect
      .poll(() => sh('cat /kept/kept || echo gone').catch(() => ''), { timeout: 10_000 })
      .toBe('gone')
    expect(await sh('cat package.json')).toBe('{"after":1}')
  })
})
