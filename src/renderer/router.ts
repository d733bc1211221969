import { createRouter, createWebHistory } from 'vue-router'
import { shellRoute } from '../shared/electron-bridge'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', name: 'start', redirect: { name: 'machine' } },
    { path: '/machine', name: 'machine', component: () => import('./pages/MachinePage.vue') },
    { path: '/containers', name: 'containers', component: () => import('./pages/ContainersPage.vue') },
    {
      path: '/containers/:id/:tab?',
      name: 'container',
      component: () => import('./pages/ContainerPage.vue'),
      props: true,
    },
    { path: '/images', name: 'images', component: () => import('./pages/ImagesPage.vue') },
    { path: '/volumes', name: 'volumes', component: () => import('./pages/VolumesPage.vue') },
    { path: '/ports', name: 'ports', component: () => import('./pages/PortsPage.vue') },
    { path: '/disk', name: 'disk', component: () => import('./pages/DiskPage.vue') },
    { path: '/settings', name: 'settings', component: () => import('./pages/SettingsPage.vue') },
    {
      path: '/diagnostics',
      name: 'diagnostics',
      component: () => import('./pages/DiagnosticsPage.vue'),
    },
    {
      path: shellRoute,
      name: 'shell',
      meta: { bare: true },
      component: () => import('./pages/TerminalPage.vue'),
    },
    { path: '/:rest(.*)*', redirect: { name: 'machine' } },
  ],
})
