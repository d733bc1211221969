import { createHash } from 'node:crypto'
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dockerConfigFolder } from '../../../../src/main/docker-cli/docker-config'
import { DockerContext } from '../../../../src/main/docker-cli/docker-context'
import { hasDockerCli } from '../../../support/docker-cli'

const dockerHost = 'unix:///home/me/berth/run/docker.sock'
const keep = { context: true, useContext: false }
const use = { context: true, useContext: true }
const none = { context: false, useContext: false }

describe('the docker context', () => {
  let folder: string
  let configFolder: string
  let home: string
  let config: string
  let context: DockerContext

  const metaOf = (name: string) =>
    join(configFolder, 'contexts', 'meta', createHash('sha256').update(name).digest('hex'), 'meta.json')

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-context-'))
    configFolder = join(folder, '.docker')
    home = join(folder, 'home')
    config = join(configFolder, 'config.json')
    await mkdir(home)
    context = new DockerContext({ configFolder, home, dockerHost })
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function write(file: string, content: string): Promise<void> {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }

  async function addContext(name: string): Promise<void> {
    const meta = { Name: name, Metadata: {}, Endpoints: { docker: { Host: 'unix:///x' } } }
    await write(metaOf(name), JSON.stringify(meta))
  }

  const current = async () =>
    (JSON.parse(await readFile(config, 'utf8')) as { currentContext?: string }).currentContext

  it('is the only thing that Berth makes if there was no docker configuration', async () => {
    await context.apply(keep)
    expect(JSON.parse(await readFile(metaOf('berth'), 'utf8'))).toMatchObject({
      Name: 'berth',
      Endpoints: { docker: { Host: dockerHost } },
    })
    expect(await readdir(configFolder)).toEqual(['contexts'])
    expect((await stat(configFolder)).mode & 0o777).toBe(0o700)
    expect(await context.state()).toBe('present')
  })

  it.runIf(hasDockerCli)('is valid for the Docker CLI, which accepts all changes by Berth', async () => {
    const env = { DOCKER_CONFIG: configFolder, DOCKER_HOST: undefined }
    const shown = async () =>
      (
        await execa('docker', ['context', 'ls', '--format', '{{.Name}} {{.Current}} {{.DockerEndpoint}}'], {
          env,
        })
      ).stdout
    await execa('docker', ['context', 'create', 'mine', '--docker', 'host=unix:///mine'], { env })
    await execa('docker', ['context', 'use', 'mine'], { env })
    await context.apply(use)
    expect(await shown()).toContain(`berth true ${dockerHost}`)
    expect(await shown()).toContain('mine false unix:///mine')
    await context.apply(none)
    expect(await shown()).toContain('mine true unix:///mine')
    expect(await shown()).not.toContain('berth')
  })

  it('is corrected when the docker socket has moved', async () => {
    await context.apply(keep)
    const moved = new DockerContext({ configFolder, home, dockerHost: 'unix:///elsewhere' })
    await moved.apply(keep)
    expect(await readFile(metaOf('berth'), 'utf8')).toContain('unix:///elsewhere')
  })

  it('is taken over only from a Berth whose home folder is gone', async () => {
    const other = join(folder, 'other')
    await mkdir(other)
    await new DockerContext({ configFolder, home: other, dockerHost: 'unix:///other' }).apply(use)
    await expect(context.apply(keep)).rejects.toMatchObject({ code: 'docker.context-foreign' })
    await context.remove()
    expect(await readFile(metaOf('berth'), 'utf8')).toContain('unix:///other')
    expect(await context.state()).toBe('absent')
    await rm(other, { recursive: true })
    await context.apply(keep)
    expect(await readFile(metaOf('berth'), 'utf8')).toContain(dockerHost)
    expect(await current()).toBeUndefined()
  })

  it.each(['{"Name":"berth","Metadata":{"Description":"mine"},"Endpoints":{}}', 'not json', ''])(
    'is not changed if another program has made a context with the same name: %s',
    async (content) => {
      await write(metaOf('berth'), content)
      await expect(context.apply(use)).rejects.toMatchObject({
        code: 'docker.context-foreign',
        params: { name: 'berth', file: metaOf('berth') },
      })
      await context.apply(none)
      expect(await readFile(metaOf('berth'), 'utf8')).toBe(content)
      await expect(stat(config)).rejects.toMatchObject({ code: 'ENOENT' })
    },
  )

  describe('as the current context', () => {
    const settings = [
      '{',
      '   "auths" : { "registry.example": { "auth": "c2VjcmV0" } },',
      '\t"2": 1.50, "1": 12345678901234567890,',
      '  "currentContext": "mine", "HttpHeaders": {"X-é": "\\u00e9"}',
      '}',
      '',
      '',
    ].join('\r\n')

    it('changes one key of config.json, and later restores every byte of the file', async () => {
      await addContext('mine')
      await write(config, settings)
      await chmod(config, 0o640)
      await context.apply(use)
      expect(await readFile(config, 'utf8')).toBe(settings.replace('"mine"', '"berth"'))
      expect(await context.state()).toBe('current')
      expect((await stat(config)).mode & 0o777).toBe(0o640)
      await context.apply(keep)
      expect(await readFile(config, 'utf8')).toBe(settings)
      expect((await stat(config)).mode & 0o777).toBe(0o640)
      expect(await readdir(configFolder)).toEqual(['config.json', 'contexts'])
    })

    it.each([
      ['in one line', '{"auths":{"registry.example":{}},"credsStore":"mine"}'],
      ['with spaces', '{ "auths": {"a": {}}, "psFormat": "x" }\n'],
      ['as the CLI writes it', '{\n\t"auths": {\n\t\t"a": {}\n\t},\n\t"psFormat": "x"\n}'],
      ['by hand', '{\r\n  "auths":{},"a" :  [1,2 ],\r\n\r\n "b": {"c":1}  }\r\n'],
    ])('later restores every byte of a config.json that named no current context: %s', async (_, text) => {
      await write(config, text)
      await context.apply(use)
      expect(await current()).toBe('berth')
      const edited = await readFile(config, 'utf8')
      expect(edited.replace(/,\s*"currentContext":\s*"berth"/, '')).toBe(text)
      await context.apply(keep)
      expect(await readFile(config, 'utf8')).toBe(text)
    })

    it('is replaced on removal by the previous context, or by the default context if the previous one is gone', async () => {
      await addContext('mine')
      await write(config, settings)
      await context.apply(use)
      await context.apply(none)
      expect(await readFile(config, 'utf8')).toBe(settings)
      await context.apply(use)
      await rm(dirname(metaOf('mine')), { recursive: true })
      await context.apply(none)
      expect(await current()).toBeUndefined()
      expect(await readdir(join(configFolder, 'contexts', 'meta'))).toEqual([])
    })

    it('creates a missing config.json, and only this user can read the file', async () => {
      await context.apply(use)
      expect(await readFile(config, 'utf8')).toBe('{\n\t"currentContext": "berth"\n}')
      expect((await stat(config)).mode & 0o777).toBe(0o600)
      await context.apply(none)
      expect(await current()).toBeUndefined()
    })

    it('stays current until its removal if the user has chosen it', async () => {
      await context.apply(keep)
      await write(config, '{"currentContext":"berth"}')
      await context.apply(keep)
      expect(await current()).toBe('berth')
      await context.apply(none)
      expect(await current()).toBeUndefined()
    })

    it('is not made current again after the user has chosen another context', async () => {
      await addContext('mine')
      await context.apply(use)
      await write(config, '{"currentContext":"mine"}')
      await context.apply(use)
      expect(await current()).toBe('mine')
      await context.apply(none)
      expect(await current()).toBe('mine')
    })

    it('becomes current again on request, and Berth still knows the original context', async () => {
      await addContext('mine')
      await write(config, settings)
      await context.apply(use)
      await write(config, '{}')
      await context.makeCurrent()
      expect(await current()).toBe('berth')
      await context.apply(none)
      expect(await current()).toBe('mine')
      await context.makeCurrent()
      await context.makeCurrent()
      await context.apply(keep)
      expect(await current()).toBe('mine')
    })

    it('is written to the file behind the link if config.json is a symbolic link', async () => {
      const real = join(folder, 'dotfiles', 'config.json')
      await write(real, '{}')
      await mkdir(configFolder)
      await symlink(real, config)
      await context.apply(use)
      expect((await lstat(config)).isSymbolicLink()).toBe(true)
      expect(await readFile(real, 'utf8')).toContain('berth')
    })

    it.each(['{"auths": {', '[]', '{"currentContext": 1}', '', '\ufeff{}', '{} // mine'])(
      'is refused if config.json is broken, and the file stays unchanged: %s',
      async (broken) => {
        await write(config, broken)
        await expect(context.apply(use)).rejects.toMatchObject({
          code: 'docker.config-broken',
          params: { file: config },
        })
        expect(await readFile(config, 'utf8')).toBe(broken)
        await context.apply(keep).catch(() => undefined)
        expect(await readFile(config, 'utf8')).toBe(broken)
      },
    )

    it('leads to an error if the Docker CLI’s folder cannot be created', async () => {
      await mkdir(join(folder, 'file'))
      await writeFile(join(folder, 'file', 'x'), '')
      const blocked = new DockerContext({ configFolder: join(folder, 'file', 'x'), home, dockerHost })
      await expect(blocked.apply(use)).rejects.toMatchObject({
        code: 'docker.config-unwritable',
      })
      expect(await blocked.state()).toBe('absent')
    })
  })
})

describe('the Docker CLI’s folder', () => {
  it('is the folder that the Docker CLI itself would use', () => {
    expect(dockerConfigFolder({ DOCKER_CONFIG: '/x', HOME: '/home/me' }, 'linux')).toBe('/x')
    expect(dockerConfigFolder({ DOCKER_CONFIG: '', HOME: '/home/me' }, 'darwin')).toBe('/home/me/.docker')
    expect(dockerConfigFolder({ HOME: '/git-bash', USERPROFILE: '/Users/me' }, 'win32')).toBe(
      '/Users/me/.docker',
    )
  })
})
