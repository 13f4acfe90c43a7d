using Microsoft.ML;

namespace MnistAdder.Serving.Tests.DigitSums;

/// <summary>What must not change an answer: the number of threads, and whatever happens to the model's file once it is open.</summary>
public sealed class SameAnswersTests(DigitSumFixture fixture) : IClassFixture<DigitSumFixture>, IDisposable
{
    private static readonly string s_release = Path.Combine(Repository.Root, "artifacts", "pretrained", "model.onnx");
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Happenings => ["replaced", "overwritten", "truncated", "deleted"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void One_two_and_eight_workers_give_the_same_bits()
    {
        ImageRow[] rows = [.. Enumerable.Range(0, 600).Select(fixture.Row)];
        string[] one = Score(workers: 1);
        Assert.Equal(one, Score(workers: 2));
        Assert.Equal(one, Score(workers: 8));

        string[] Score(int workers) =>
            [.. fixture.Score(rows, options => options with { ModelFile = s_release, Inference = new() { Workers = workers } }).Select(row => $"{row}")];
    }

    [Theory]
    [MemberData(nameof(Happenings))]
    public void A_transformer_goes_on_with_the_model_that_it_opened(string happening)
    {
        string model = _folder.Write("model.onnx", File.ReadAllBytes(fixture.Model));
        ImageRow[] rows = [.. Enumerable.Range(0, 500).Select(fixture.Row)];
        string[] expected = [.. fixture.Score(rows).Select(row => $"{row}")];
        IDataView view = fixture.View(rows);
        using DigitSumTransformer transformer = fixture.MLContext.Transforms.ApplyDigitSumModel(model).Fit(view);
        List<string> actual = [];
        foreach (DigitSumRow row in fixture.MLContext.Data.CreateEnumerable<DigitSumRow>(transformer.Transform(view), reuseRowObject: false))
        {
            actual.Add($"{row}");
            if (actual.Count == 3)
                Happen(happening, model);
        }

        Assert.Equal(expected, actual);
        Assert.Equal(expected, fixture.MLContext.Data.CreateEnumerable<DigitSumRow>(transformer.Transform(view), reuseRowObject: false).Select(row => $"{row}"));
    }

    [Theory]
    [MemberData(nameof(Happenings))]
    public void A_predictor_goes_on_with_the_model_that_it_opened(string happening)
    {
        string model = _folder.Write("model.onnx", File.ReadAllBytes(fixture.Model));
        using var predictor = new DigitSumPredictor(model);
        string[] before = Answers();
        Happen(happening, model);
        Assert.Equal(before, Answers());

        string[] Answers() => [.. Enumerable.Range(0, 100).Select(i => Text(predictor.Predict(DigitImage.FromPixels(Pictures.Pixels(i)), i % 10)))];
    }

    private static string Text(DigitSumPrediction answer) =>
        $"{answer.Digit} {answer.Sum} [{string.Join(' ', answer.DigitProbabilities)}] [{string.Join(' ', answer.SumProbabilities)}] {answer.Error}";

    private static void Happen(string happening, string model)
    {
        byte[] other = File.ReadAllBytes(s_release);
        switch (happening)
        {
            case "replaced":
                AtomicFile.Write(model, stream => stream.Write(other));
                break;
            case "overwritten":
                File.WriteAllBytes(model, other);
                break;
            case "truncated":
                File.WriteAllBytes(model, []);
                break;
            default:
                File.Delete(model);
                break;
        }
    }
}
