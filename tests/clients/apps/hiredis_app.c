/* A program of C as any: hiredis to the Redis at port $PORT. It prints a line for each thing it does. */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void said(const char *what, redisReply *reply) {
    printf("%s ", what);
    if (reply->type == REDIS_REPLY_INTEGER) printf("%lld", reply->integer);
    else if (reply->type == REDIS_REPLY_ARRAY) printf("%zu", reply->elements);
    else if (reply->type == REDIS_REPLY_ERROR) printf("refused: %.40s", reply->str);
    else printf("%s", reply->type == REDIS_REPLY_NIL ? "nil" : reply->str);
    printf("\n");
    freeReplyObject(reply);
}

int main(void) {
    redisContext *redis = redisConnect("127.0.0.1", atoi(getenv("PORT")));
    if (redis == NULL || redis->err) return 1;
    long long sum = 0;
    void *reply;
    for (int n = 0; n < 500; ++n) redisAppendCommand(redis, "INCRBY user:%d %d", n, n);
    for (int n = 0; n < 500; ++n) {
        if (redisGetReply(redis, &reply) != REDIS_OK) return 1;
        sum += ((redisReply *)reply)->integer;
        freeReplyObject(reply);
    }
    printf("pipeline %lld\n", sum);
    said("binary", redisCommand(redis, "SET %b %b", "k\0ey", (size_t)4, "va\0lue", (size_t)6));
    said("length", redisCommand(redis, "STRLEN %b", "k\0ey", (size_t)4));
    said("mget", redisCommand(redis, "MGET user:1 user:2 user:3"));
    freeReplyObject(redisCommand(redis, "MULTI"));
    freeReplyObject(redisCommand(redis, "SET a 1"));
    freeReplyObject(redisCommand(redis, "INCR b"));
    said("transaction", redisCommand(redis, "EXEC"));
    said("script", redisCommand(redis, "EVAL %s 1 s x", "redis.call('set', KEYS[1] .. ':other', 1) return redis.call('get', KEYS[1] .. ':other')"));
    said("sinterstore", redisCommand(redis, "SINTERSTORE both one two"));
    freeReplyObject(redisCommand(redis, "RPUSH queue:low job"));
    said("blpop", redisCommand(redis, "BLPOP queue:high queue:low 1"));
    said("flush", redisCommand(redis, "FLUSHDB"));
    said("dbsize", redisCommand(redis, "DBSIZE"));
    redisFree(redis);
    return 0;
}
