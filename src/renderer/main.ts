import './style.css'
import ui from '@nuxt/ui/vue-plugin'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { z } from 'zod'
import App from './App.vue'
import { i18n } from './i18n'
import { router } from './router'

// zod would otherwise try `new Function`, which the content security policy reports as a violation.
z.config({ jitless: true })

createApp(App).use(createPinia()).use(i18n).use(router).use(ui).mount('#app')
