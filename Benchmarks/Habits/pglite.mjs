// A PGlite with pgvector behind a socket. Prints its port; ends with its standard input.
import { createServer } from 'node:net'
import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'

const probe = createServer().listen(0, '127.0.0.1')
await new Promise(resolve => probe.once('listening', resolve))
const port = probe.address().port
await new Promise(resolve => probe.close(resolve))

const db = await PGlite.create('memory://', { extensions: { vector } })
// Its one session does not read what a client asks for at its start, such as a search path.
await db.exec('create schema agent; create schema extensions; create extension vector schema extensions; set search_path = agent, extensions')
const server = new PGLiteSocketServer({ db, port, host: '127.0.0.1' })
await server.start()
console.log(port)
process.stdin.resume().once('end', () => process.exit())
