using System.Net;
using System.Net.Http.Headers;
using System.Text;
using MnistAdder.Fuzzing;

namespace MnistAdder.Server.Tests.Fuzzing;

/// <summary>What clients send, damaged: a thousand cases for each parser, and ten thousand requests over a socket.</summary>
[Collection(nameof(FuzzTests)), CollectionDefinition(nameof(FuzzTests), DisableParallelization = true)] // it looks at the process' memory
public sealed class FuzzTests
{
    private const int Requests = 10_000;
    private const long MostGrowth = 32 << 20;

    public static TheoryData<string> Targets => [.. s_targets.Keys];

    private static readonly Dictionary<string, Func<FuzzTarget>> s_targets = new(StringComparer.Ordinal)
    {
        ["inference"] = () => new InferenceTarget(),
        ["questions"] = () => new QuestionTarget(),
    };

    [Theory]
    [MemberData(nameof(Targets))]
    public void A_damaged_body_is_refused_as_documented_soon_and_in_little_memory(string name)
    {
        using FuzzTarget target = s_targets[name]();
        FuzzCases.RunThousand(target);
    }

    [Fact]
    public async Task Damaged_requests_are_never_the_server_s_error()
    {
        byte[] model = await File.ReadAllBytesAsync(Path.Combine(Repository.Root, "artifacts", "pretrained", "model.onnx"), TestContext.Current.CancellationToken);
        await using RunningServer server = await RunningServer.Start([("mnist-adder", model), ("simple", ServerModels.Simple()), ("table", ServerModels.TableOfThree())], "MaxBody=1000000");
        (string Path, string Type, byte[] Body)[] seeds = Seeds();
        byte[][] bodies = [.. seeds.Select(seed => seed.Body)];
        var statuses = new int[600];
        long before = GC.GetTotalMemory(forceFullCollection: true);
        await Parallel.ForEachAsync(Enumerable.Range(0, Requests), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = TestContext.Current.CancellationToken }, async (i, stop) =>
        {
            var mutator = new Mutator(FuzzRun.DefaultSeed, "requests", i);
            (string path, string type, byte[] body) = mutator.OneOf(seeds);
            for (int edits = 1 + mutator.Below(4); edits > 0; edits--)
                body = mutator.OneIn(2) ? ByteEdits.Edit(body, bodies, mutator) : Encoding.Latin1.GetBytes(JsonEdits.Edit(Encoding.Latin1.GetString(body), mutator));
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
            if (type == "application/octet-stream" || mutator.OneIn(20))
                content.Headers.TryAddWithoutValidation("Inference-Header-Content-Length", $"{(mutator.OneIn(10) ? mutator.AwkwardNumber() : Encoding.Latin1.GetString(body).LastIndexOf('}') + 1)}");
            using HttpResponseMessage response = await server.Client.PostAsync(mutator.OneIn(50) ? mutator.OneOf(seeds).Path : path, content, stop);
            Interlocked.Increment(ref statuses[(int)response.StatusCode]);
            await response.Content.ReadAsByteArrayAsync(stop);
        });

        string told = string.Join(", ", statuses.Index().Where(status => status.Item > 0).Select(status => $"{status.Item} × {status.Index}"));
        Assert.True(statuses.Index().All(status => status.Item == 0 || status.Index is < 500 or 503), told);
        Assert.True(statuses[200] > 0 && statuses[400] > Requests / 10, told);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, MostGrowth);
        using HttpResponseMessage live = await server.Client.GetAsync("/v2/health/ready", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
    }

    private static (string Path, string Type, byte[] Body)[] Seeds()
    {
        string picture = Convert.ToBase64String(File.ReadAllBytes(Path.Combine(Repository.Root, "artifacts", "pretrained", "samples", "00-six.png")));
        string row = string.Join(",", Enumerable.Range(0, 16)), pixels = string.Join(",", Enumerable.Repeat("7", MnistGeometry.PixelCount));
        string line = $$"""{"id":1,"image":"{{picture}}","number":4}""";
        return
        [
            ("/v2/models/simple/infer", "application/json", Encoding.UTF8.GetBytes($$"""{"id":"i","inputs":[{"name":"INPUT0","datatype":"INT32","shape":[1,16],"data":[{{row}}]},{"name":"INPUT1","datatype":"INT32","shape":[1,16],"data":[[{{row}}]]}],"outputs":[{"name":"OUTPUT1"}]}""")),
            ("/v2/models/table/infer", "application/json", """{"inputs":[{"name":"i","datatype":"INT64","shape":[3],"data":[0,1,2]}]}"""u8.ToArray()),
            ("/v2/models/table/versions/1/infer", "application/octet-stream", [.. """{"inputs":[{"name":"i","datatype":"INT64","shape":[1],"parameters":{"binary_data_size":8}}],"parameters":{"binary_data_output":true}}"""u8, 2, 0, 0, 0, 0, 0, 0, 0]),
            ("/v2/models/mnist-adder/infer", "application/json", Encoding.UTF8.GetBytes($$"""{"inputs":[{"name":"image","datatype":"UINT8","shape":[1,1,28,28],"data":[{{pixels}}]},{"name":"number","datatype":"INT64","shape":[1,1],"data":[3]}]}""")),
            ("/v1/predict", "application/json", Encoding.UTF8.GetBytes(line)),
            ("/v1/predict", "multipart/form-data; boundary=x", Encoding.UTF8.GetBytes("--x\r\nContent-Disposition: form-data; name=\"number\"\r\n\r\n5\r\n--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\nPNG\r\n--x--\r\n")),
            ("/v1/predict/batch", "application/x-ndjson", Encoding.UTF8.GetBytes($"{line}\n{line}\n")),
        ];
    }
}
