using System.Net;

namespace MnistAdder.Server.Tests;

public sealed class EndTests
{
    [Fact]
    public async Task A_client_that_keeps_its_connection_is_told_to_go_before_it_is_closed()
    {
        await using RunningServer server = await RunningServer.Start([("simple", ServerModels.Simple())], "Grace=5");
        using HttpResponseMessage first = await server.Client.GetAsync("/v2/health/ready", TestContext.Current.CancellationToken);
        Task end = server.Server.Stop();
        using HttpResponseMessage last = await server.Client.GetAsync("/v2/health/ready", TestContext.Current.CancellationToken);
        await end;
        Assert.Equal((HttpStatusCode.OK, null), (first.StatusCode, first.Headers.ConnectionClose));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (last.StatusCode, last.Headers.ConnectionClose));
        Assert.NotNull(last.Headers.RetryAfter);
    }
}
