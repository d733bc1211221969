import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeExample } from '../../../../src/main/learn/example-folder'
import { nodePrograms } from '../../../../src/main/learn/programs'

describe.skipIf(process.platform === 'win32')('the stand-ins for Node.js and npm', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-programs-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function run(program: 'node' | 'npm', ...args: string[]) {
    const script = nodePrograms[program] ?? ''
    const options = { cwd: folder, input: script, reject: false, env: { PWD: folder } } as const
    const { exitCode, stdout, stderr } = await execa('sh', ['-s', '--', ...args], options)
    return { exitCode, output: `${stdout}${stderr}` }
  }
  const example = () => writeExample({ folder: join(folder, 'app'), share: () => Promise.resolve() })

  it('say that they are stand-ins', async () => {
    expect((await run('node', '--version')).output).toContain('stand-in for Node.js')
    expect(await run('npm', 'start')).toMatchObject({ exitCode: 1 })
  })

  it('fail as the real ones do without package.json, server.js or a module', async () => {
    const install = await run('npm', 'install')
    expect(install).toMatchObject({ exitCode: 254 })
    expect(install.output).toContain(`open '${folder}/package.json'`)
    const missing = await run('node', 'server.js')
    expect(missing).toEqual({ exitCode: 1, output: `Error: Cannot find module '${folder}/server.js'` })
    await writeFile(join(folder, 'server.js'), "const express = require('express')\n")
    expect(await run('node', 'server.js')).toEqual({
      exitCode: 1,
      output: "Error: Cannot find module 'express'",
    })
  })

  it('make a folder for each dependency of the example', async () => {
    await example()
    const script = nodePrograms.npm ?? ''
    await execa('sh', ['-s', '--', 'install'], { cwd: join(folder, 'app'), input: script })
    expect(await readdir(join(folder, 'app', 'node_modules'))).toEqual(['express'])
  })

  it('name what they do not understand in server.js', async () => {
    await mkdir(join(folder, 'node_modules', 'express'), { recursive: true })
    await writeFile(join(folder, 'server.js'), "const express = require('express')\nconst PORT = 80\n")
    expect((await run('node', 'server.js')).output).toContain('finds no line with res.send')
  })
})
