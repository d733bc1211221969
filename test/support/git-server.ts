import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { execa } from 'execa'
import { guestNetwork, listen } from '../../src/main/lib'

/**
 * Makes a git repository of the files in `folder`, and serves the repository with git's own http-backend on loopback.
 * The machine reaches the repository at `url`.
 */
export async function servedRepository(
  folder: string,
  port: number,
): Promise<{ url: string; close: () => Promise<void> }> {
  const git = (...args: string[]) =>
    execa('git', ['-C', folder, '-c', 'user.name=me', '-c', 'user.email=me@berth.example', ...args])
  await git('init', '--quiet')
  await git('add', '.')
  await git('commit', '--quiet', '--message', 'All of it')
  const server = createServer((request, response) => void answer(folder, request, response))
  await listen(server, { port, host: '127.0.0.1' })
  return {
    url: `http://${guestNetwork.host}:${String(port)}/.git`,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** Implements the parts of the Common Gateway Interface (RFC 3875) that git uses. */
async function answer(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://git')
  const { stdout } = await execa('git', ['http-backend'], {
    input: request,
    encoding: 'buffer',
    env: {
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REQUEST_METHOD: request.method ?? 'GET',
      PATH_INFO: pathname,
      QUERY_STRING: searchParams.toString(),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
    },
  })
  const output = Buffer.from(stdout)
  const end = output.indexOf('\r\n\r\n')
  const lines = output.toString('latin1', 0, end).split('\r\n')
  const headers = lines.map((line) => line.split(': ') as [string, string])
  const status = headers.find(([name]) => name === 'Status')?.[1] ?? '200'
  response.writeHead(Number.parseInt(status), headers.filter(([name]) => name !== 'Status').flat())
  response.end(output.subarray(end + 4))
}
