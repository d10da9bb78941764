#include "queue.h"

#include <czmq.h>

#include "own.h"
#include "schema.h"

struct node {
    struct node *left, *right;
    size_t size; /* of the subtree, this one included */
    uint32_t priority;
    int64_t created;
    char id[UUID_SIZE];
};

struct queue {
    struct node *root;
    zhashx_t *nodes; /* id to node; the tree owns them */
    size_t limit;
    uint32_t random;
};

struct queue *queue_new(size_t limit)
{
    struct queue *self = own_zero(sizeof(*self));

    self->nodes = zhashx_new();
    zhashx_set_key_duplicator(self->nodes, NULL); /* the key is the node's own id */
    zhashx_set_key_destructor(self->nodes, NULL);
    self->limit = limit;
    self->random = 2463534242; /* any but 0 */
    return self;
}

static void free_tree(struct node *node)
{
    if (!node)
        return;
    free_tree(node->left);
    free_tree(node->right);
    free(node);
}

void queue_destroy(struct queue **self)
{
    if (!*self)
        return;
    zhashx_destroy(&(*self)->nodes);
    free_tree((*self)->root);
    free(*self);
    *self = NULL;
}

/* Xorshift (Marsaglia, 2003). Priorities only keep the tree flat; ids and
 * times, which others choose, do not touch them. */
static uint32_t next_priority(struct queue *self)
{
    self->random ^= self->random << 13;
    self->random ^= self->random >> 17;
    self->random ^= self->random << 5;
    return self->random;
}

static int compare(const struct node *node, int64_t created, const char *id)
{
    if (node->created != created)
        return node->created < created ? -1 : 1;
    return strcmp(node->id, id);
}

static size_t size_of(const struct node *node)
{
    return node ? node->size : 0;
}

static void recount(struct node *node)
{
    node->size = size_of(node->left) + size_of(node->right) + 1;
}

/* Splits tree into what comes before (created, id) and the rest. */
static void split(struct node *tree, const struct node *at, struct node **before,
                  struct node **rest)
{
    if (!tree) {
        *before = *rest = NULL;
        return;
    }
    if (compare(tree, at->created, at->id) < 0) {
        split(tree->right, at, &tree->right, rest);
        *before = tree;
    } else {
        split(tree->left, at, before, &tree->left);
        *rest = tree;
    }
    recount(tree);
}

/* Joins two trees; all of left comes before all of right. */
static struct node *join(struct node *left, struct node *right)
{
    if (!left || !right)
        return left ? left : right;
    if (left->priority > right->priority) {
        left->right = join(left->right, right);
        recount(left);
        return left;
    }
    right->left = join(left, right->left);
    recount(right);
    return right;
}

bool queue_add(struct queue *self, const char *chat_id, int64_t created)
{
    struct node *node = zhashx_lookup(self->nodes, chat_id);
    struct node *before, *rest;

    if (node && node->created == created)
        return false;
    if (node)
        queue_remove(self, chat_id);
    if (queue_is_full(self))
        return false;
    node = own_zero(sizeof(*node));
    snprintf(node->id, sizeof(node->id), "%s", chat_id);
    node->created = created;
    node->priority = next_priority(self);
    node->size = 1;
    split(self->root, node, &before, &rest);
    self->root = join(join(before, node), rest);
    zhashx_insert(self->nodes, node->id, node);
    return true;
}

bool queue_remove(struct queue *self, const char *chat_id)
{
    struct node *node = zhashx_lookup(self->nodes, chat_id);
    struct node **link = &self->root;

    if (!node)
        return false;
    while (*link != node) {
        (*link)->size--;
        link = compare(*link, node->created, node->id) < 0 ? &(*link)->right : &(*link)->left;
    }
    *link = join(node->left, node->right);
    zhashx_delete(self->nodes, chat_id);
    free(node);
    return true;
}

int64_t queue_position(const struct queue *self, const char *chat_id)
{
    const struct node *node = zhashx_lookup(self->nodes, chat_id);
    const struct node *at = self->root;
    size_t before = 0;

    if (!node)
        return 0;
    while (at != node) {
        bool is_before = compare(at, node->created, node->id) < 0;
        if (is_before)
            before += size_of(at->left) + 1;
        at = is_before ? at->right : at->left;
    }
    return (int64_t)(before + size_of(node->left) + 1);
}

size_t queue_size(const struct queue *self)
{
    return size_of(self->root);
}

bool queue_is_full(const struct queue *self)
{
    return queue_size(self) >= self->limit;
}

struct walk {
    void (*visit)(void *context, const char *chat_id, int64_t position);
    void *context;
    size_t visited, wanted;
};

static void walk_tree(const struct node *node, struct walk *walk)
{
    if (!node || walk->visited >= walk->wanted)
        return;
    walk_tree(node->left, walk);
    if (walk->visited < walk->wanted) {
        walk->visited++;
        walk->visit(walk->context, node->id, (int64_t)walk->visited);
    }
    walk_tree(node->right, walk);
}

void queue_walk(const struct queue *self, size_t count,
                void (*visit)(void *context, const char *chat_id, int64_t position), void *context)
{
    struct walk walk = {visit, context, 0, count};

    walk_tree(self->root, &walk);
}
