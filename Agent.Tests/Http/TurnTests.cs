using Agent.Http;
using Agent.Tests.Hosting;

namespace Agent.Tests.Http;

public class TurnTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    [Fact]
    public async Task A_message_is_answered_and_both_are_stored()
    {
        var ada = await MakeUserAsync();
        var thread = await ada.Client.MakeThreadAsync();
        var reply = await ada.Client.SayAsync(thread, "I'm Ada, a backend developer with 5 years of C#, I want to move into machine learning");
        Assert.NotEqual("", reply.Reply);
        Assert.Equal(thread, reply.ThreadId);
        var page = await ada.Client.GetAsync<MessagePage>($"/api/threads/{thread}/messages");
        Assert.Equal(["user", "assistant"], page.Messages.Select(m => m.Role));
        Assert.Equal(reply.Reply, page.Messages[1].Text);
        Assert.Equal(reply.MessageId, page.Messages[1].MessageId);
    }
}
