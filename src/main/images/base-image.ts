import { Readable } from 'node:stream'
import { pack } from 'tar-stream'
import { baseImage } from '../../shared/base-image'
import { BerthError } from '../../shared/errors'
import type { Engine } from '../engine'
import type { SshLink } from '../ssh'

export interface BaseImageOptions {
  engine: { readonly images: Pick<Engine['images'], 'find' | 'import'> }
  link: Pick<SshLink, 'exec'>
}

/** An image of the machine's busybox with more files. */
export interface BusyboxImage {
  reference: string
  title: string
  /** Instructions of a Dockerfile for the image. */
  changes: readonly string[]
  /** Texts by path, such as `www/index.html`, and whether they are programs. */
  files: readonly { path: string; text: string; isProgram: boolean }[]
}

const program = '/usr/bin/busybox'

/** Instructions of a Dockerfile that all images have. */
const commonChanges = [
  `LABEL ${baseImage.label}="Made by Berth from the busybox of its own machine. Nothing was downloaded."`,
  'LABEL org.opencontainers.image.licenses="GPL-2.0-only"',
  'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'CMD ["sh"]',
]

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Berth</title></head>
<body style="font: 1.25rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem">
<h1 style="font-size: 2rem">It works</h1>
<p>This page comes from a container on your computer: a web server of busybox, which Berth has started.</p>
<p lang="ko">이 페이지는 이 컴퓨터의 컨테이너에서 왔습니다. Berth가 실행한 busybox 웹 서버입니다.</p>
</body>
</html>
`

/**
 * Makes the base image if the engine does not have it. Its files are busybox of the machine, a link for each of its
 * tools, and a page for its web server. Every call makes the same files. An image with this tag stays as it is.
 * @throws BerthError internal if the machine's busybox does not answer; as `Images.find`, `Images.import` and
 * `SshLink.exec`
 */
export function ensureBaseImage(options: BaseImageOptions): Promise<{ reference: string }> {
  return ensureBusyboxImage(options, {
    reference: baseImage.reference,
    title: 'busybox',
    changes: [],
    files: [{ path: 'www/index.html', text: page, isProgram: false }],
  })
}

/**
 * Makes an image of the machine's busybox if the engine does not have the image. Every call makes the same files. An
 * image with this tag stays as it is.
 * @throws BerthError as {@link ensureBaseImage}
 */
export async function ensureBusyboxImage(
  { engine, link }: BaseImageOptions,
  { reference, title, changes, files }: BusyboxImage,
): Promise<{ reference: string }> {
  if ((await engine.images.find(reference)) !== undefined) return { reference }
  const [tools, content] = await Promise.all([
    output(link, `${program} --list`),
    output(link, `base64 ${program}`),
  ])
  const archive = rootFiles({
    // base64, because the result of a command is text.
    busybox: Buffer.from(content, 'base64'),
    tools: tools.split('\n').filter((name) => name !== '' && name !== 'busybox'),
    files,
  })
  const titleLabel = `LABEL org.opencontainers.image.title="${title}"`
  await engine.images.import(reference, archive, { changes: [...commonChanges, titleLabel, ...changes] })
  return { reference }
}

async function output(link: BaseImageOptions['link'], command: string): Promise<string> {
  const { code, stdout, stderr } = await link.exec(command)
  if (code !== 0) throw new BerthError('internal', {}, { detail: `${command}: ${stderr.trim()}` })
  return stdout
}

/** The tar archive of the image's root folder. The times are fixed, so that the layer is always the same. */
function rootFiles({
  busybox,
  tools,
  files,
}: {
  busybox: Buffer
  tools: readonly string[]
  files: BusyboxImage['files']
}): Readable {
  const archive = pack()
  const mtime = new Date(0)
  for (const name of ['bin/', 'dev/', 'etc/', 'proc/', 'root/', 'sys/', 'www/'])
    archive.entry({ name, type: 'directory', mode: 0o755, mtime })
  archive.entry({ name: 'tmp/', type: 'directory', mode: 0o1777, mtime })
  const texts = {
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n',
    'etc/group': 'root:x:0:\nnogroup:x:65534:\n',
  }
  for (const [name, text] of Object.entries(texts)) archive.entry({ name, mode: 0o644, mtime }, text)
  for (const { path: name, text, isProgram } of files)
    archive.entry({ name, mode: isProgram ? 0o755 : 0o644, mtime }, text)
  archive.entry({ name: 'bin/busybox', mode: 0o755, mtime }, busybox)
  for (const tool of tools)
    archive.entry({ name: `bin/${tool}`, type: 'symlink', linkname: 'busybox', mtime })
  archive.finalize()
  return Readable.from(archive)
}
