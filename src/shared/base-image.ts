/** A small image that Berth makes in the machine from the machine's own busybox, without a registry. */
export const baseImage = {
  reference: 'berth/busybox:latest',
  /** Says where the image comes from. */
  label: 'app.berth.base-image',
  /** The command of a web server with one page, and its port in the container. */
  webServer: ['httpd', '-f', '-p', '80', '-h', '/www'],
  webPort: 80,
} as const
