#include "titles.h"

#include "flow.h"
#include "relay.h"

/* While the open chats are read anew, all is told after that in any case. */
static void hide(struct gateway *self, bool hides_titles)
{
    self->hides_titles = hides_titles;
    replica_hide_titles(self->replica, hides_titles);
    ring_hide_titles(self->ring, hides_titles);
    if (!sync_is_placed(self->sync))
        return;
    relay_list_changed(self);
    relay_flush(self);
    reactor_each(self->reactor, flow_renew);
}

static void on_read(void *arg)
{
    struct gateway *self = arg;
    bool is_visible = configuration_flag(&self->configuration, CONFIGURATION_is_csa_title_visible);

    reactor_turn(self->reactor);
    if (self->hides_titles == is_visible)
        hide(self, !is_visible);
    sync_begin(self->sync);
}

void titles_open(struct gateway *self)
{
    self->configuration_sync = (struct configuration_sync){
        .caller = self->commands,
        .timers = frame_timers(self->frame),
        .copy = &self->configuration,
        .on_read = on_read,
        .self = self,
    };
    configuration_sync_start(&self->configuration_sync);
}

void titles_changed(struct gateway *self)
{
    configuration_sync_changed(&self->configuration_sync);
}

void titles_close(struct gateway *self)
{
    configuration_sync_stop(&self->configuration_sync);
    configuration_clear(&self->configuration);
}
