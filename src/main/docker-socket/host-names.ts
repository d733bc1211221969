import { z } from 'zod'
import { guestNetwork, hostNames } from '../lib'
import { type RequestInterceptor, requestPaths } from './interceptor'

/*
 * Berth's name server knows the names of this computer. A container with its own name servers does not ask Berth's. So
 * Berth adds the names to the container's hosts file.
 */

const names = z.array(z.string())

/** The body of `POST /containers/create`. Entries of `ExtraHosts` are `NAME:ADDRESS` or `NAME=ADDRESS`. */
const createSchema = z.looseObject({
  HostConfig: z.looseObject({ Dns: names.nonempty(), ExtraHosts: names.nullish() }),
})

/** The body of `POST /services/create`. Entries of `Hosts` are `ADDRESS NAME…`. */
const serviceSchema = z.looseObject({
  TaskTemplate: z.looseObject({
    ContainerSpec: z.looseObject({
      DNSConfig: z.looseObject({ Nameservers: names.nonempty() }),
      Hosts: names.nullish(),
    }),
  }),
})

/** Lets containers and swarm services with their own name servers (`--dns`) reach this computer by its names. */
export function hostNamesInterceptors(): RequestInterceptor[] {
  return [
    { method: 'POST', path: requestPaths.createContainer, rewriteBody: withHostNames },
    { method: 'POST', path: requestPaths.changeService, rewriteBody: withServiceHostNames },
  ]
}

export function withHostNames(body: unknown): unknown {
  const { data } = createSchema.safeParse(body)
  if (data === undefined) return body
  const own = data.HostConfig.ExtraHosts ?? []
  const added = missing(own.map((entry) => entry.split(/[:=]/, 1)))
  const ExtraHosts = [...own, ...added.map((name) => `${name}:${guestNetwork.host}`)]
  return { ...data, HostConfig: { ...data.HostConfig, ExtraHosts } }
}

export function withServiceHostNames(body: unknown): unknown {
  const { data } = serviceSchema.safeParse(body)
  if (data === undefined) return body
  const { TaskTemplate } = data
  const own = TaskTemplate.ContainerSpec.Hosts ?? []
  const added = missing(own.map((entry) => entry.split(/\s+/).slice(1)))
  const Hosts = [...own, ...added.map((name) => `${guestNetwork.host} ${name}`)]
  return {
    ...data,
    TaskTemplate: { ...TaskTemplate, ContainerSpec: { ...TaskTemplate.ContainerSpec, Hosts } },
  }
}

/** Returns the names of this computer to which the user has not assigned an address. */
function missing(given: string[][]): string[] {
  const taken = new Set(given.flat().map((name) => name.toLowerCase()))
  return hostNames.filter((name) => !taken.has(name))
}
