using System.Globalization;
using System.Net;
using System.Text.Json;

namespace MnistAdder.Server.Tests;

/// <summary>Concurrent requests over real sockets: what shares a run, and that nobody gets what is another's.</summary>
public sealed class SharingTests
{
    [Fact] // SeldonIO/MLServer #1306, #1911, #903
    public async Task Many_clients_at_once_get_their_own_answers_and_ids()
    {
        await using RunningServer server = await RunningServer.Start([("simple", ServerModels.Simple())], "MaxBatch=16");
        await Parallel.ForEachAsync(Enumerable.Range(0, 3_000), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, _) =>
        {
            int rows = 1 + (i % 40);
            string first = string.Join(",", Enumerable.Range(i, rows * 16)), second = string.Join(",", Enumerable.Repeat(1, rows * 16));
            (int status, JsonElement json) = await server.Post(
                "/v2/models/simple/infer",
                $$"""{"id":"{{i}}","inputs":[{"name":"INPUT0","datatype":"INT32","shape":[{{rows}},16],"data":[{{first}}]},{"name":"INPUT1","datatype":"INT32","shape":[{{rows}},16],"data":[{{second}}]}],"outputs":[{"name":"OUTPUT{{i % 2}}"}]}""");
            Assert.Equal(200, status);
            Assert.Equal(i.ToString(CultureInfo.InvariantCulture), json.GetProperty("id").GetString());
            JsonElement output = Assert.Single(json.GetProperty("outputs").EnumerateArray());
            Assert.Equal($"OUTPUT{i % 2}", output.GetProperty("name").GetString());
            Assert.Equal($"[{rows},16]", output.GetProperty("shape").GetRawText());
            Assert.Equal(Enumerable.Range(i, rows * 16).Select(value => i % 2 == 0 ? value + 1 : value - 1), output.GetProperty("data").EnumerateArray().Select(value => value.GetInt32()));
        });
        Assert.InRange(await Metric(server, "nv_inference_exec_count"), 1, await Metric(server, "nv_inference_count"));
        Assert.Equal(3_000, await Metric(server, "nv_inference_request_success"));
    }

    [Fact]
    public async Task One_that_cannot_be_computed_fails_alone()
    {
        await using RunningServer server = await RunningServer.Start([("table", ServerModels.TableOfThree())], "MaxWait=100", "MaxBatch=64");
        (int Status, JsonElement Json)[] answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(i =>
            server.Post("/v2/models/table/infer", $$"""{"inputs":[{"name":"i","datatype":"INT64","shape":[1],"data":[{{(i % 8 == 3 ? 99 : i % 3)}}]}]}""")));
        for (int i = 0; i < 24; i++)
        {
            Assert.Equal(i % 8 == 3 ? 400 : 200, answers[i].Status);
            if (i % 8 != 3)
                Assert.Equal($"[{10 * (i % 3)},{(10 * (i % 3)) + 1}]", answers[i].Json.GetProperty("outputs")[0].GetProperty("data").GetRawText());
        }
    }

    [Fact]
    public async Task A_model_whose_rows_depend_on_each_other_never_shares_a_run()
    {
        await using RunningServer server = await RunningServer.Start([("mean", ServerModels.LessTheMean())], "MaxWait=50");
        (int Status, JsonElement Json)[] answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i =>
            server.Post("/v2/models/mean/infer", $$"""{"inputs":[{"name":"x","datatype":"FP32","shape":[2,2],"data":[{{i}},0,0,{{i}}]}]}""")));
        for (int i = 0; i < 40; i++)
        {
            float half = i / 2f;
            Assert.Equal([half, -half, -half, half], answers[i].Json.GetProperty("outputs")[0].GetProperty("data").EnumerateArray().Select(value => value.GetSingle()));
        }

        Assert.Equal(40, await Metric(server, "nv_inference_exec_count"));
    }

    [Fact]
    public async Task Requests_of_a_wait_share_one_run()
    {
        await using RunningServer server = await RunningServer.Start([("simple", ServerModels.Simple())], "MaxWait=300", "MaxBatch=64");
        string row = string.Join(",", Enumerable.Range(0, 16));
        string request = $$"""{"inputs":[{"name":"INPUT0","datatype":"INT32","shape":[1,16],"data":[{{row}}]},{"name":"INPUT1","datatype":"INT32","shape":[1,16],"data":[{{row}}]}]}""";
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => server.Post("/v2/models/simple/infer", request)));
        Assert.Equal(10, await Metric(server, "nv_inference_count"));
        Assert.InRange(await Metric(server, "nv_inference_exec_count"), 1, 3);
    }

    [Fact] // kserve/kserve #4247
    public async Task A_full_queue_answers_503_with_a_time_to_come_back()
    {
        await using RunningServer server = await RunningServer.Start([("simple", ServerModels.Simple())], "MaxQueue=1", "MaxWait=3000", "MaxBatch=64");
        string row = string.Join(",", Enumerable.Range(0, 16));
        string request = $$"""{"inputs":[{"name":"INPUT0","datatype":"INT32","shape":[1,16],"data":[{{row}}]},{"name":"INPUT1","datatype":"INT32","shape":[1,16],"data":[{{row}}]}]}""";
        Task<(int Status, JsonElement Json)> waits = server.Post("/v2/models/simple/infer", request);
        while (await Metric(server, "nv_inference_pending_request_count") < 1 && !waits.IsCompleted)
            await Task.Delay(5, TestContext.Current.CancellationToken);
        Assert.False(waits.IsCompleted);
        using var content = new StringContent(request);
        using HttpResponseMessage full = await server.Client.PostAsync("/v2/models/simple/infer", content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, full.StatusCode);
        Assert.NotNull(full.Headers.RetryAfter);
        Assert.Equal(200, (await waits).Status);
        Assert.Equal(1, await Metric(server, "nv_inference_request_failure"));
    }

    private static async Task<long> Metric(RunningServer server, string name)
    {
        string text = await server.Client.GetStringAsync("/metrics");
        string? line = text.Split('\n').FirstOrDefault(line => line.StartsWith(name + "{", StringComparison.Ordinal));
        return line is null ? 0 : (long)double.Parse(line[(line.IndexOf('}', StringComparison.Ordinal) + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture);
    }
}
