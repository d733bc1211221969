import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { BerthError } from '../../shared/errors'
import type { LoginRequest, Logins } from '../../shared/registries'
import { api, toBerthError } from '../api'

/** The logins to registries at the time of the last `load`. The Docker CLI can change the logins too. */
export const useLogins = defineStore('logins', () => {
  const state = shallowRef<Logins>()
  const error = shallowRef<BerthError>()

  async function load(): Promise<void> {
    try {
      state.value = await api.registries.logins()
      error.value = undefined
    } catch (failure) {
      error.value = toBerthError(failure)
    }
  }
  async function logIn(request: LoginRequest): Promise<void> {
    await api.registries.logIn(request)
    await load()
  }
  async function logOut(registry: string): Promise<void> {
    await api.registries.logOut({ registry })
    await load()
  }

  return { state, error, load, logIn, logOut }
})
