import type { ErrorTexts } from '../../texts'

export const docker = {
  'docker.socket-path': {
    what: 'Docker 소켓의 경로가 너무 깁니다. {path}의 길이는 {bytes}바이트이고 {limit}바이트까지 쓸 수 있습니다.',
    todo: '더 짧은 BERTH_HOME으로 Berth를 시작하세요.',
  },
  'docker.socket-failed': {
    what: 'Docker 소켓 {path}을(를) 열지 못했습니다: {reason}.',
    todo: '그 경로의 파일을 삭제하거나 그 경로를 사용하는 프로그램을 종료한 뒤 Berth를 다시 시작하세요.',
  },
  'docker.machine-starting': {
    what: 'Berth 머신이 아직 시작하는 중입니다.',
    todo: '잠시 후 다시 시도하세요. 진행 상황은 Berth에 표시됩니다.',
  },
  'docker.machine-failed': {
    what: 'Berth 머신을 시작하지 못했습니다: {reason}',
    todo: 'Berth를 열어 머신을 다시 시작하세요.',
  },
  'docker.body-too-large': {
    what: '요청 본문이 {limit}바이트보다 큽니다.',
    todo: '더 작은 본문을 보내세요.',
  },
  'docker.upgrade-body': {
    what: '연결을 업그레이드하는 이 요청의 본문을 Berth가 읽을 수 없습니다.',
    todo: '본문을 Content-Length와 함께 또는 청크로 보내고, 다른 인코딩은 쓰지 마세요.',
  },
  'docker.client-left': {
    what: '엔진이 작업을 마치기 전에 docker 클라이언트가 연결을 끊었습니다.',
    todo: '컨테이너와 이미지를 확인하세요. 엔진이 클라이언트의 요청을 계속 처리할 수도 있습니다.',
  },
  'docker.config-broken': {
    what: '{file}에 있는 Docker CLI 구성이 올바르지 않습니다.',
    todo: '파일을 고치거나 삭제하세요. Berth는 이 파일을 바꾸지 않았습니다.',
  },
  'docker.config-unwritable': {
    what: '{file}에 있는 Docker CLI 구성을 바꿀 수 없습니다: {reason}.',
    todo: '파일에 쓰기 권한을 준 뒤 다시 시도하세요.',
  },
  'docker.context-foreign': {
    what: '이 Berth가 만들지 않은 Docker 컨텍스트 “{name}”이(가) 이미 있습니다({file}).',
    todo: '`docker context rm {name}`로 삭제하거나, 머신 페이지의 DOCKER_HOST 줄을 사용하세요.',
  },
} satisfies Partial<ErrorTexts>
