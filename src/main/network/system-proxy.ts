import { programOutput } from '../lib'
import { proxyOfEnvironment, proxyOfRegistry, proxyOfScutil, type Proxy } from './proxy'

const registryKey = String.raw`HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings`

/** The host's own proxy: of the environment where it names one, else of the system's network settings. */
export async function systemProxy(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): Promise<Proxy | undefined> {
  const own = proxyOfEnvironment(env)
  if (own !== undefined) return own
  switch (platform) {
    case 'darwin':
      return proxyOfScutil(await output('/usr/sbin/scutil', ['--proxy']))
    case 'win32':
      return proxyOfRegistry(await output('reg', ['query', registryKey]))
    default:
      return undefined
  }
}

/** Empty when the program fails: then Berth uses no proxy. */
function output(program: string, args: string[]): Promise<string> {
  return programOutput(program, args, { timeout: 5_000 })
}
