import './style.css'
import ui from '@nuxt/ui/vue-plugin'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { z } from 'zod'
import App from './App.vue'
import { i18n } from './lib/i18n'
import { router } from './router'

// Otherwise zod tries `new Function`, which violates the content security policy.
z.config({ jitless: true })

createApp(App).use(createPinia()).use(i18n).use(router).use(ui).mount('#app')
