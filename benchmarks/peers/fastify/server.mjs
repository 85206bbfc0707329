// Fastify, pg and fast-jwt: named (prepared) statements, response schemas, verified tokens cached.
import cluster from "node:cluster";
import { randomUUID } from "node:crypto";

import { createVerifier } from "fast-jwt";
import Fastify from "fastify";
import pg from "pg";

const { PORT, WORKERS, JWT_KEY, JWT_ALGORITHM, JWT_ISSUER, JWT_AUDIENCE } = process.env;

const verify = createVerifier({
  key: JWT_KEY,
  algorithms: [JWT_ALGORITHM],
  allowedIss: JWT_ISSUER,
  allowedAud: JWT_AUDIENCE,
  cache: 10_000,
});

// libpq's own variables say where; ten connections are pg's default.
const pool = new pg.Pool({ max: 10 });
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

const COLUMNS =
  "id, user_id, title, description, is_completed, completed_at, created_at, updated_at, revision";

const instant = { type: "string", format: "date-time" };
const task = {
  type: "object",
  properties: {
    id: { type: "string" },
    user_id: { type: "string" },
    title: { type: "string" },
    description: { type: ["string", "null"] },
    is_completed: { type: "boolean" },
    completed_at: { ...instant, nullable: true },
    created_at: instant,
    updated_at: instant,
    revision: { type: "integer" },
  },
};
const params = {
  type: "object",
  properties: { user_id: { type: "string" }, task_id: { type: "string", format: "uuid" } },
};
const fields = {
  title: { type: "string", minLength: 1, maxLength: 255 },
  description: { type: ["string", "null"], maxLength: 10_000 },
  is_completed: { type: "boolean" },
};
const querystring = {
  type: "object",
  properties: { limit: { type: "integer", minimum: 1, maximum: 1000, default: 1000 } },
};

const app = Fastify();

app.decorateRequest("user", null);
app.addHook("onRequest", async (request, reply) => {
  const [scheme, token] = (request.headers.authorization ?? "").split(" ");
  if (scheme !== "Bearer" || !token) return reply.code(401).send({ detail: "No token" });
  try {
    request.user = verify(token).sub;
  } catch {
    return reply.code(401).send({ detail: "Invalid token" });
  }
  if (request.user !== request.params.user_id) {
    return reply.code(403).send({ detail: "Not your tasks" });
  }
});

async function one(reply, name, text, values) {
  const { rows } = await pool.query({ name, text, values });
  if (rows.length === 0) return reply.code(404).send({ detail: "Task not found" });
  return rows[0];
}

app.get(
  "/api/:user_id/tasks",
  { schema: { params, querystring, response: { 200: { type: "array", items: task } } } },
  async (request) => {
    const { rows } = await pool.query({
      name: "list",
      text: `SELECT ${COLUMNS} FROM tasks WHERE user_id = $1
             ORDER BY created_at DESC, id DESC LIMIT $2`,
      values: [request.user, request.query.limit],
    });
    return rows;
  },
);

app.post(
  "/api/:user_id/tasks",
  {
    schema: {
      params,
      body: { type: "object", required: ["title"], properties: fields },
      response: { 201: task },
    },
  },
  async (request, reply) => {
    const { title, description = null, is_completed = false } = request.body;
    const now = new Date();
    const { rows } = await pool.query({
      name: "create",
      text: `INSERT INTO tasks (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1)
             RETURNING ${COLUMNS}`,
      values: [
        randomUUID(),
        request.user,
        title,
        description,
        is_completed,
        is_completed ? now : null,
        now,
      ],
    });
    reply.code(201);
    return rows[0];
  },
);

app.get(
  "/api/:user_id/tasks/:task_id",
  { schema: { params, response: { 200: task } } },
  async (request, reply) => {
    const found = await one(
      reply,
      "get",
      `SELECT ${COLUMNS} FROM tasks WHERE id = $1 AND user_id = $2`,
      [request.params.task_id, request.user],
    );
    if (reply.sent) return reply;
    const etag = `"${found.revision}"`;
    reply.header("etag", etag);
    if (request.headers["if-none-match"] === etag) return reply.code(304).send();
    return found;
  },
);

app.put(
  "/api/:user_id/tasks/:task_id",
  { schema: { params, body: { type: "object", properties: fields }, response: { 200: task } } },
  async (request, reply) => {
    const { title = null, description, is_completed = null } = request.body;
    return one(
      reply,
      "edit",
      `UPDATE tasks SET title = coalesce($3, title),
              description = CASE WHEN $4 THEN $5 ELSE description END,
              is_completed = coalesce($6, is_completed),
              completed_at = CASE WHEN $6 IS NULL THEN completed_at WHEN $6 THEN now() END,
              updated_at = now(), revision = revision + 1
       WHERE id = $1 AND user_id = $2 RETURNING ${COLUMNS}`,
      [
        request.params.task_id,
        request.user,
        title,
        description !== undefined,
        description ?? null,
        is_completed,
      ],
    );
  },
);

app.patch(
  "/api/:user_id/tasks/:task_id/complete",
  { schema: { params, response: { 200: task } } },
  async (request, reply) =>
    one(
      reply,
      "toggle",
      `UPDATE tasks SET is_completed = NOT is_completed,
              completed_at = CASE WHEN is_completed THEN NULL ELSE now() END,
              updated_at = now(), revision = revision + 1
       WHERE id = $1 AND user_id = $2 RETURNING ${COLUMNS}`,
      [request.params.task_id, request.user],
    ),
);

app.delete("/api/:user_id/tasks/:task_id", { schema: { params } }, async (request, reply) => {
  const deleted = await one(
    reply,
    "delete",
    "DELETE FROM tasks WHERE id = $1 AND user_id = $2 RETURNING id",
    [request.params.task_id, request.user],
  );
  return reply.sent ? reply : deleted && reply.code(204).send();
});

if (Number(WORKERS) > 1 && cluster.isPrimary) {
  for (let worker = 0; worker < Number(WORKERS); worker += 1) cluster.fork();
} else {
  await app.listen({ host: "127.0.0.1", port: Number(PORT) });
}
