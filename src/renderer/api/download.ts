import { api } from './client'

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}

/** Has Berth make a support bundle, and the browser save it under `name`. */
export async function downloadSupportBundle(name: string): Promise<void> {
  const pieces: Uint8Array<ArrayBuffer>[] = []
  for await (const { piece } of await api.diagnostics.bundle()) pieces.push(bytes(piece))
  const url = URL.createObjectURL(new Blob(pieces, { type: 'application/gzip' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has the blob by the time that the click has been handled, but not before.
  setTimeout(() => {
    URL.revokeObjectURL(url)
  }, 0)
}
