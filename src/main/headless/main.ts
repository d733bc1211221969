import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { version } from '../../../package.json'
import { BerthError } from '../../shared/errors'
import { errorText } from '../../shared/i18n'
import { supportedPlatform } from '../../shared/platform'
import { createApi } from '../api'
import { createBerth, type Berth } from '../berth'
import { berthPaths, type BerthPaths, createLog, type Logger } from '../host'
import { shareFolder } from '../share-folder'
import { openInBrowser } from './open-browser'
import { startHeadlessServer, type HeadlessServer } from './server'

const usage = `Usage: berth [--port PORT] [--open]
       berth --share FOLDER
  --port PORT     listen on this port of 127.0.0.1 instead of any free one (or set BERTH_PORT)
  --open          open Berth in the default browser (or set BERTH_OPEN=1)
  --share FOLDER  share a folder with containers, then exit (Berth may be running)
`

interface Settings {
  port: number
  open: boolean
  share: string | undefined
  rendererFolder: string
}

/** Runs the headless host. The services run in plain Node, and a browser on this computer is the window. */
async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2), process.env)
  if (settings === undefined) {
    process.stderr.write(usage)
    process.exitCode = 2
    return
  }
  const paths = berthPaths(process.env, process.platform)
  let log: Logger | undefined
  try {
    log = createLog(paths.logs)
    watchProcess(log)
    if (settings.share !== undefined) await shareFolder(paths, log, settings.share)
    else await run(settings, paths, log)
  } catch (error) {
    log?.fatal({ err: error }, 'could not start Berth')
    explain(BerthError.from(error))
    process.exitCode = 1
  }
}

function watchProcess(log: Logger): void {
  process.on('unhandledRejection', (error) => {
    log.error({ err: error }, 'unhandled promise rejection')
  })
  process.on('uncaughtExceptionMonitor', (error) => {
    log.fatal({ err: error }, 'Berth crashed')
  })
  // A terminal that closes breaks these streams before it sends SIGHUP. The stream's error must not end Berth, because
  // Berth still has to stop the machine.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
}

async function run(settings: Settings, paths: BerthPaths, log: Logger): Promise<void> {
  let server: HeadlessServer | undefined
  let quitting: Promise<void> | undefined
  const quit = (): void => {
    quitting ??= end()
  }
  const berth = await createBerth({
    paths,
    log,
    host: { kind: 'headless', version, quit, program: [process.execPath, fileURLToPath(import.meta.url)] },
    env: process.env,
    platform: supportedPlatform(process.platform),
  })

  /** Keeps pages connected while the machine stops, so that they show the progress. */
  async function end(): Promise<void> {
    say('stopping the machine')
    await berth.shutdown()
    await server?.close()
    say('stopped')
    process.exit()
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, quit)
  try {
    server = await startHeadlessServer({ api: createApi(berth), ...settings })
  } catch (error) {
    await berth.shutdown()
    throw error
  }
  say(`listening ${server.loginUrl}`)
  if (settings.open) await openInBrowser(server.loginUrl, paths.run, log)
  reportMachine(berth)
  // The window shows the failure, with a button to try again.
  await berth.start().catch((error: unknown) => {
    log.error({ err: error }, 'could not start the machine')
  })
}

/** Prints a line whenever the machine enters another phase. */
function reportMachine(berth: Berth): void {
  let last = ''
  berth.machine.on('state', ({ phase, failure }) => {
    if (phase === last) return
    last = phase
    say(`machine ${phase}`)
    if (failure !== undefined) explain(BerthError.fromData(failure.error))
  })
}

function readSettings(args: string[], env: NodeJS.ProcessEnv): Settings | undefined {
  try {
    const { values } = parseArgs({
      args,
      options: { port: { type: 'string' }, open: { type: 'boolean' }, share: { type: 'string' } },
    })
    const port = Number(values.port ?? env.BERTH_PORT ?? 0)
    if (!Number.isInteger(port) || port < 0 || port > 65_535) return undefined
    return {
      port,
      open: values.open ?? env.BERTH_OPEN === '1',
      share: values.share,
      rendererFolder: fileURLToPath(new URL('../renderer', import.meta.url)),
    }
  } catch {
    return undefined
  }
}

function say(text: string): void {
  process.stdout.write(`berth: ${text}\n`)
}

function explain(error: BerthError): void {
  const { what, todo } = errorText(error, 'en')
  for (const line of [what, todo, error.detail])
    if (line !== undefined) process.stderr.write(`berth: ${line}\n`)
}

await main()
