export const learn = {
  intro:
    'Learn Docker by doing: 19 short tasks on your own engine. You type the commands, in Berth or in any terminal. Berth looks at the engine and ticks what it sees.',
  offline:
    'The machine is a small Linux VM that Berth runs on this computer. The Docker engine, which is the Docker server, runs in it. No internet is needed. Berth makes the images in its own machine: berth/learn-hello has a few small programs, and berth/learn-node has a small stand-in for Node.js. The stand-in is not Node.js. It only understands the server.js of these lessons. With the internet, you can use hello-world, alpine and node instead.',
  begin: 'Begin',
  resume: 'Continue',
  lessons: 'Lessons',
  position: 'Lesson {number} of {count}',
  progress: '{done} of {count} lessons done',
  state: { done: 'Done', skipped: 'Skipped', open: 'Open', todo: 'Not done' },
  overview: 'Overview',
  previous: 'Back',
  next: 'Next',
  finish: 'What you have done',
  skip: 'Skip this lesson',
  again: 'Do it again',
  paused: 'The machine pauses when it is not used for a while. Your next command wakes it.',
  preparing: 'Berth is making the images of this lesson …',
  why: 'What happens, and why',
  todo: 'Your task',
  todoText: 'Type these commands in a terminal, one after the other, or do the same in Berth. Both count.',
  closed: 'This lesson is not open now. Another window may have opened a different one, or cleaned up.',
  openHere: 'Open it here',
  clear: 'Containers from before have the name or the port, so remove them first.',
  copy: 'Copy the command',
  edit: 'Open server.js of the example’s folder in an editor, change the text in res.send(…), and save. The next command does the same without an editor.',
  shell: 'Open a terminal',
  form: 'Open the run form',
  ask: 'Request the page',
  askStep: 'Press “Request the page” below',
  askText:
    '“Request the page” lets Berth ask as a browser does, and its answer counts. You can also open the page in a browser, but the engine does not report that, so it brings no tick. For some seconds after its start, the server may not answer.',
  folder: 'The folder of the example',
  folderText:
    'Press “Use this folder” before you type the commands. Berth makes the folder, writes server.js, package.json, five Dockerfiles and compose.yaml into it, and shares it with containers. It replaces no file.',
  folderUse: 'Use this folder',
  folderChange: 'Another folder',
  folderDone: 'The example is in {folder}.',
  file: 'The content of {name}',
  checks: 'Seen in the engine',
  checksText:
    'Nothing to confirm here. Each line gets its tick when the engine shows it. If a command brings no tick, your terminal may use another Docker engine. “Open a terminal” opens one that uses the engine of Berth.',
  waiting: 'Not seen yet',
  since: '{seconds} s since SIGTERM',
  done: 'You have finished this lesson.',
  ticked: 'Seen: {check}',
  where: 'Where to look',
  hintTitle: 'That did not work yet',
  hint: {
    'start-failed':
      'The engine could not start {name}. Its message: {text} Before you try again, remove the container: docker rm {name}',
    'not-found':
      '{name} has no program for this command (exit code 127), or may not run it (126): {text}. Look for a typing mistake. Before you try again, remove the container: docker rm {name}',
    'exec-not-found':
      '{name} has no program for this command (exit code 127), or may not run it (126): {text}. Look for a typing mistake.',
    'build-failed': 'The build {name} failed. Its message: {text}',
    'old-builder':
      'The docker CLI of your terminal lacks buildx, so the old builder has run. Berth cannot see its steps, and they bring no tick. Install buildx, or build the same folder and Dockerfile on the Builds page.',
    ended:
      '{name} ended with exit code {text}, but a server should keep running. Its log says why. A missing module means that no COPY or no RUN npm install put it into the image, or that the folder after -v has no server.js.',
    port: 'Port {text} of {name} is not open on this computer. Another program may have it: on a Mac, AirPlay uses 5000. Run it with another number before the colon, for example -p 5050:8080. Before that, remove the container: docker rm -f {name}',
  },
  end: {
    title: 'What you have done',
    empty: 'Nothing yet. Your finished lessons, with their commands, will be listed here.',
    seen: 'What the engine showed',
    cleanUp: 'Clean up',
    cleanUpText:
      'These objects come from the lessons. Clean up removes all of them from the engine. The results, and the files on this computer, stay.',
    clean: 'Nothing of the lessons is left in the engine.',
    question: 'Remove everything that Learn made?',
    cleaned: '{count} object removed | {count} objects removed',
    startOver: 'Start over',
    startOverQuestion: 'Forget all results?',
    startOverText: 'The ticks of all lessons are lost. Objects in the engine stay.',
  },
  kind: { container: 'container', image: 'image', volume: 'volume', network: 'network' },
  place: {
    containers: 'Containers',
    container: 'The container',
    logs: 'Its log',
    shell: 'A shell in it',
    isolation: 'Its isolation',
    cgroup: 'Its cgroup',
    files: 'Its files',
    stack: 'Stack',
    images: 'Images',
    image: 'The image and its layers',
    builds: 'Builds',
    ports: 'Ports',
    volumes: 'Volumes',
    networks: 'Networks',
    compose: 'Compose',
    events: 'Events',
  },
  chapter: {
    first: 'Containers',
    image: 'Your own image',
    isolation: 'Isolation',
    data: 'Data and updates',
    transport: 'Images on the move',
  },
  lesson: {
    hello: {
      title: 'hello-world',
      text: "You type a command into the Docker CLI, which is the client. The client sends it to the Docker server, the daemon.\nThe server looks whether the image is already in the local cache. If not, it says “Unable to find image 'hello-world:latest' locally” and pulls the image from a registry such as Docker Hub.\nThen the server creates a container from the image and starts the program in it.\nHere Berth makes the image berth/learn-hello, which takes the place of hello-world, and puts it into the cache. So that message does not appear.\nWhen the program ends, the container ends too. The program leaves a number, its exit code: 0 means that all went well. The container still exists until you remove it.",
      check: {
        image: 'The image is in the cache',
        created: 'A container was created from it',
        ended: 'Its program has run to its end',
      },
      seen: {
        image: '{image}, id {id}',
        created: '{name}, id {id}',
        ended: '{name} ended with exit code {code}',
      },
    },
    command: {
      title: 'Override the command',
      text: 'An image has a snapshot of files and a default command.\nFor a new container, Docker gives the files of the snapshot to the container and runs the command.\nIf you write another command after the name of the image, Docker ignores the default one.\nHere ls lists the files of the snapshot. The greeting does not appear.',
      check: {
        command: 'A container was created with the command ls',
        ended: 'ls has run to its end',
      },
      seen: {
        command: '{name} runs “{command}”',
        ended: '{name} ended with exit code {code}',
      },
    },
    columns: {
      title: 'The seven columns of docker ps',
      text: 'docker ps lists the running containers in seven columns. docker ps -a also lists those that have ended. With -d, docker run runs a container in the background, so your terminal stays free.\nCONTAINER ID is the unique id, IMAGE the image, COMMAND the command that runs at the start, and CREATED the age.\nSTATUS is Up while the container runs, Exited when it has ended, and Up with (Paused) while it is paused. docker pause pauses a container, and docker unpause lets it go on.\nPORTS are the ports that the container exposes and publishes.\nNAMES is the unique name. Without --name, the engine makes one up.\nThe program rest does nothing but wait until you stop it.\nThe list of containers in Berth shows the same container. Its page also has the id, the command and the time.',
      check: {
        up: 'learn-seven is Up',
        paused: 'learn-seven was Paused',
        exited: 'learn-seven is Exited',
      },
      seen: {
        up: 'CONTAINER ID {id}, COMMAND “{command}”, NAMES {name}',
        paused: 'The engine froze all processes of {name}',
        exited: '{name}: Exited ({code})',
      },
    },
    exec: {
      title: 'A command in a running container',
      text: 'docker exec runs another command in a container that already runs.\nWith -it and sh you get a shell: -i keeps the input open, and -t gives you a terminal.\nYou leave the shell with exit or Ctrl+D.\nOnly the shell ends then. The container lives as long as its first process, and that one still runs.\nThe Events page shows the commands of exec if you turn on “Commands in containers”.',
      check: {
        running: 'learn-exec is running',
        command: 'A command such as ls has run in it',
        shell: 'A shell was started in it',
        left: 'The shell has ended, and the container still runs',
      },
      seen: {
        running: '{name} is running',
        command: '{name}: {command}',
        shell: '{name}: {command}',
        left: 'The shell ended with code {code}. {name} still runs',
      },
    },
    stop: {
      title: 'docker stop against docker kill',
      text: 'A signal is a message from the kernel to a process.\ndocker stop is merciful. It sends the signal SIGTERM, so that the program can finish its work, and waits. This time is the grace period: 10 seconds.\ndocker kill waits for nothing. It sends SIGKILL, which no program can catch.\nThe program count catches SIGTERM and needs about 3 seconds to finish. The program stubborn ignores the signal, so docker stop sends SIGKILL when the grace period is over.\nThe exit code of a program that a signal has ended is 128 plus the number of the signal. SIGKILL is number 9, so the code is 137.\nOn the Logs page, choose learn-count or learn-stubborn, and watch it while you type docker stop.',
      check: {
        graceful: 'docker stop: the program finished its work',
        killed: 'docker kill: SIGKILL without a grace period',
        forced: 'docker stop: SIGKILL at the end of the grace period',
      },
      seen: {
        graceful: '{name}: exit code {code}, {seconds} s after SIGTERM',
        killed: '{name}: exit code {code}, SIGKILL without SIGTERM',
        forced: '{name}: exit code {code}, SIGKILL after {seconds} s',
      },
    },
    build: {
      title: 'Build an image from a Dockerfile',
      text: 'A Dockerfile describes how an image is made and how its container behaves. You see Dockerfile.1-node below. A line that begins with # is a comment.\nFROM names the base image, which brings the snapshot of files. LABEL gives the image a mark. By this mark, Berth finds what the lessons have made, to clean it up. CMD is the command that runs when a container starts, and only the last one counts.\ndocker build sends the folder to the Docker server, which makes the image. -t gives the image a name, and -f names the Dockerfile. The dot at the end means the folder you are in.\nYour terminal may say “legacy builder is deprecated”. It means that your docker CLI lacks the newer build tool buildx. You get the same image, but the Builds page of Berth does not show the build.\nThe base image berth/learn-node has a small stand-in for Node.js.',
      check: {
        built: 'The image learn-app exists',
        ran: 'A container of the image learn-app has printed the version',
      },
      seen: { built: '{image}, id {id}', ran: '{name} printed “{text}”' },
    },
    copy: {
      title: 'The missing COPY',
      text: 'The second Dockerfile fails: npm install finds no package.json. RUN runs a command while the image is made.\nFor each RUN, the build uses a temporary container with the files of the base image. Your files are not among them, even if they are beside the Dockerfile.\nCOPY brings package.json and server.js into that container, and so into the image.\nThe third Dockerfile has both COPY lines, so the server starts.',
      check: {
        failed: 'The build without COPY failed at npm install',
        built: 'The build with COPY succeeded',
        running: 'The server runs in a container',
      },
      seen: {
        failed: '{error}',
        built: '{steps} steps',
        running: '{name} is running',
      },
    },
    publish: {
      title: 'Publish the port',
      text: 'The server listens on port 8080, but only in the network of its container. Your browser cannot reach it.\nAs COPY connects the files, -p connects the networks: -p 5000:8080 leads from port 5000 of this computer to port 8080 of the container.\nThe first container has no -p, so it stays closed. The second one answers at localhost:5000. localhost and 127.0.0.1 both mean this computer itself.\ndocker port shows the ports that lead to a container. For learn-closed, it shows nothing.\nIf another program has port 5000, the container cannot start. On a Mac, AirPlay has it. Then remove the container with docker rm -f learn-web (-f also removes a running container), and run it with -p 5050:8080.',
      check: {
        closed: 'A server runs without a published port',
        published: 'A server runs with a published port',
        answered: 'The page came through that port',
      },
      seen: {
        closed: '{name} publishes no port',
        published: '{name}: localhost:{port} leads to port 8080',
        answered: '{url} answered “{text}”',
      },
    },
    workdir: {
      title: 'WORKDIR',
      text: 'Without WORKDIR, COPY puts the source into the root directory of the image. There it lies between bin, etc and the other folders, and a file of the same name is overwritten.\nWORKDIR /usr/src/app makes a directory for the application. It is the working directory: all later instructions, and the shell, begin there.\nCOPY ./ ./ copies all files of the folder into it, so the Dockerfiles and compose.yaml come along.\nAfter the second build, the name learn-app means the new image. The old image has no name any more.\nLook at both: ls in the old image, and ls in the new one.',
      check: {
        set: 'learn-app has a working directory',
        looked: 'A shell or ls has run there',
      },
      seen: { set: '{image}: {folder}', looked: '{name} ran “{command}”' },
    },
    cache: {
      title: 'The order of layers, and the cache',
      text: 'Each instruction that changes files makes a layer. If nothing has changed for it, the build takes the layer from the cache. After the first changed layer, all later ones are made again.\nWith COPY ./ ./ above RUN npm install, each change of server.js runs npm install again.\nWith COPY package.json ./ above it, npm install runs again only if package.json changes.\nBuild twice with each order, and change server.js in between.',
      check: {
        again: 'Source first: npm install was run',
        cached: 'package.json first: npm install came from the cache',
      },
      seen: {
        again: '{seconds} s, {cached} cached steps',
        cached: '{seconds} s, {cached} cached steps',
      },
    },
    mount: {
      title: 'Mount the source and edit it live',
      text: 'So far, each change of the source needed a new build, because COPY copies.\nA volume refers to the folder instead. A folder of this computer in a container is also called a bind mount. $(pwd) and %cd% mean the folder you are in: -v "$(pwd)":/usr/src/app on a Mac or Linux, -v %cd%:/usr/src/app in the Command Prompt of Windows.\nYour folder hides the files of the image at its place. It has no node_modules, so the server could not start. -v /usr/src/app/node_modules puts this one folder into a volume without a name, and Docker copies the modules of the image into it. The Volumes page then shows a volume with a long name.\nChange server.js and restart the container. The new text is there without a build. Press “Request the page” once before the change, and once after the restart. With -t 1, docker restart has a grace period of 1 second.',
      check: {
        mounted: 'The server runs with your folder at /usr/src/app',
        changed: 'After the edit, the page has another text',
      },
      seen: {
        mounted: '{name}: a bind mount at {folder}',
        changed: 'Before: “{before}”. Now: “{now}”',
      },
    },
    limits: {
      title: 'Limits of memory and CPU',
      text: 'A cgroup controls how much CPU, memory and IO a group of processes uses. It is a feature of the Linux kernel. Berth has a Linux VM, so it works on macOS and Windows too.\nThe program eat takes 1 MiB more each time. With -m 32m, the kernel ends it at 32 MiB: out of memory, exit code 137. So its output stops shortly before 32 MiB.\nThe program spin takes all the CPU that it gets. With --cpus 0.2, the kernel makes it wait for 80 % of the time. That is throttling. docker stats shows about 20 % of CPU. --no-stream shows it once and ends.\nThe view cgroup of the tab Isolation draws it as a graph. Then stop the container with docker stop learn-cpu.',
      check: {
        memory: 'A container has a memory limit',
        killed: 'The kernel ended it at the limit',
        cpu: 'A container has a CPU limit',
        throttled: 'The kernel throttles it',
      },
      seen: {
        memory: '{name}: {mebibytes} MiB',
        killed: '{name}: out of memory, exit code {code}',
        cpu: '{name}: {cpus} CPUs',
        throttled: '{name} was throttled {count} times so far',
      },
    },
    namespaces: {
      title: 'Namespaces from inside and outside',
      text: 'A namespace isolates processes: they see a world of their own. That is why the first process of a container has the number 1.\nThe host of the containers is the machine. It sees the same process under another number, because all containers share its kernel. A virtual machine would have a kernel of its own.\nps in the container shows the inner numbers. docker top shows the outer ones, in the column PID. rest uses the program sleep to wait. readlink shows the id of the container’s process namespace.\nThe tab Isolation of the container’s page compares all namespaces.',
      check: {
        inside: 'You looked from inside, with ps',
        outside: 'The machine sees the same process',
        different: 'The container has namespaces of its own',
      },
      seen: {
        inside: '{name}: {command}',
        outside: '1 in {name} is {pid} in the machine',
        different: '{kinds}',
      },
    },
    volume: {
      title: 'Data in a volume',
      text: 'A container is disposable. What it writes into its own layer goes with it.\nA volume lies outside of the container, so the data stay when the container is replaced, and other containers can share them. The files of a volume are on the disk of the machine.\n-v NAME:PATH connects a volume, and -v FOLDER:PATH a folder of this computer. -v PATH makes a volume without a name.\nThe first container writes the date into /data. You remove it. The second one reads the same file.',
      check: {
        written: 'A container has written into the volume',
        removed: 'That container is removed, and the volume stays',
        read: 'Another container has read the volume',
      },
      seen: {
        written: '{name} used {volume}',
        removed: '{name} is gone, {volume} is not',
        read: '{name} read {volume}',
      },
    },
    replace: {
      title: 'Replace a container by its newer image',
      text: 'You do not update the software in a container. You build an updated image and move to a new container of it.\nA tag is the name of an image, such as learn-app. The old container keeps its old image, even if the tag now means another one.\nRemove the old container, and run a new one with the same name. Data that should stay belong in a volume.',
      check: {
        before: 'learn-site ran with the old image',
        newer: 'The tag learn-app means a newer image',
        replaced: 'learn-site runs with the newer image',
      },
      seen: {
        before: '{name}: image {image}',
        newer: 'learn-app is now {image}',
        replaced: '{name}: image {image}',
      },
    },
    commit: {
      title: 'commit: a container becomes an image',
      text: 'An image is the blueprint of containers. The way back exists too: you change a container and make an image of it.\ndocker commit adds the layer of the container to the layers of its image.\nSo you can run the changed state as many containers, also on other computers. A Dockerfile is better in the long run, because it says how the image was made.',
      check: {
        changed: 'learn-changed has written a file',
        committed: 'The image learn-committed exists',
        ran: 'A container of it has found the file',
      },
      seen: {
        changed: '{name} ended with exit code 0',
        committed: '{image}, id {id}',
        ran: '{name} ran “{command}”',
      },
    },
    save: {
      title: 'save and load: an image as a file',
      text: 'docker save writes an image into a file, with all its layers, its command and its names. The file brings the image to a computer without a registry. It appears in the folder you are in.\nWith save, -o names the file to write. With load, -i names the file to read.\ndocker tag gives the image one more name. The image is also called berth/learn-hello, so docker rmi only removes the name learn-saved. An image goes with its last name.\ndocker load reads the file, and brings back the image and its name. The id is the same as before.',
      check: {
        saved: 'An image was saved',
        removed: 'Its name was removed',
        loaded: 'The file was loaded',
      },
      seen: {
        saved: 'Image {id} was written to a file',
        removed: 'Image {id} lost a name',
        loaded: 'Image {id} was read from a file',
      },
    },
    export: {
      title: 'export and import: the files of a container',
      text: 'docker export writes the files of a container into one archive, without layers, without the command and without the content of volumes.\ndocker import makes an image of one single layer from it.\nThe new image has no default command, so you have to write one: cat /mine.',
      check: {
        exported: 'The files of a container were exported',
        imported: 'The image learn-imported exists',
        ran: 'A container of it has found the file',
      },
      seen: {
        exported: '{name}',
        imported: '{image}: {layers} layer',
        ran: '{name} ran “{command}”',
      },
    },
    compose: {
      title: 'A compose project',
      text: 'One container has one program: that is safer and easier to maintain. So an application is several containers.\ncompose.yaml describes all of them, and docker compose up starts them together. With -d, they run in the background.\nThey get a network of their own, in which they find each other by name. client runs the program visit: it requests http://web:8080 and writes the page to its log. web also answers on port 5001 of this computer.\nThe map on the Networks page shows how they are connected. Look at it before you type down.\ndocker compose down removes the containers and the network.\nIf your terminal does not know docker compose, the docker CLI lacks compose. Install it, or open this compose.yaml on the Compose page.',
      check: {
        up: 'Two containers of the project run',
        network: 'They have a network of their own',
        down: 'down has removed both',
      },
      seen: { up: '{names}', network: '{network}', down: 'Nothing is left of {project}' },
    },
  },
}
