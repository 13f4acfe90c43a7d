using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML.Data;
using MnistAdder.Serving.Tests.DigitSums;

namespace MnistAdder.Serving.Tests.Prediction;

public sealed class DigitSumPredictorTests(DigitSumFixture fixture) : IClassFixture<DigitSumFixture>
{
    [Fact]
    public void Every_form_of_picture_gives_what_the_model_gives()
    {
        using var predictor = new DigitSumPredictor(fixture.Model);
        using var picture = MLImage.CreateFromFile(fixture.File("8.png"));
        DigitSumRow expected = fixture.Reference([(Pictures.Pixels(8), 3)]).Single();

        Assert.All(
            [
                DigitImage.FromFile(fixture.File("8.png")),
                DigitImage.FromEncoded(Pictures.Png(8)),
                DigitImage.FromPixels(Pictures.Pixels(8)),
                DigitImage.FromImage(picture),
            ],
            image => DigitSumAssert.Same(expected, Row(predictor.Predict(image, 3))));
    }

    [Fact]
    public void Many_threads_share_one_predictor()
    {
        using var predictor = new DigitSumPredictor(fixture.Model);
        List<DigitSumRow> expected = fixture.Reference(Enumerable.Range(0, 100).Select(i => (Pictures.Pixels(i), i % 10L)));

        Parallel.For(0, 400, i => DigitSumAssert.Same(
            expected[i % 100], Row(predictor.Predict(DigitImage.FromFile(fixture.File($"{i % 100}.png")), i % 10))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(77)]
    public void Batches_come_back_in_order_with_failures_in_their_places(int count)
    {
        using var predictor = new DigitSumPredictor(new DigitSumPredictorOptions { ModelFile = fixture.Model, Inference = new() { BatchSize = 16 } });
        DigitSumRequest[] requests =
        [
            .. Enumerable.Range(0, count).Select(i => new DigitSumRequest(DigitImage.FromPixels(Pictures.Pixels(i)), i % 5 == 4 ? 10 : i % 10)),
        ];
        List<DigitSumRow> expected = fixture.Reference(Enumerable.Range(0, count).Select(i => (Pictures.Pixels(i), i % 10L)));

        IReadOnlyList<DigitSumPrediction> answers = predictor.Predict(requests);

        Assert.Equal(count, answers.Count);
        for (int i = 0; i < count; i++)
        {
            if (i % 5 == 4)
                DigitSumAssert.Failed(Row(answers[i]), "the number is 10");
            else
                DigitSumAssert.Same(expected[i], Row(answers[i]));
        }
    }

    [Fact]
    public void A_picture_that_cannot_be_used_is_an_answer_with_a_reason()
    {
        using var predictor = new DigitSumPredictor(fixture.Model);

        DigitSumAssert.Failed(Row(predictor.Predict(default, 1)), "there is no image");
        DigitSumAssert.Failed(Row(predictor.Predict(DigitImage.FromPixels(new byte[5]), 1)), "5 grey levels");
        DigitSumAssert.Failed(Row(predictor.Predict(DigitImage.FromFile(""), 1)), "the path is empty");
        Assert.True(float.IsNaN(predictor.Predict(default, 1).DigitConfidence));
    }

    [Fact]
    public void An_answer_is_JSON_whether_it_failed_or_not_and_comes_back_the_same()
    {
        using var predictor = new DigitSumPredictor(fixture.Model);
        DigitSumPrediction right = predictor.Predict(DigitImage.FromPixels(Pictures.Pixels(1)), 4), failed = predictor.Predict(DigitImage.FromFile("no such.png"), 4);

        // As a web service writes it.
        string text = JsonSerializer.Serialize(new[] { right, failed }, JsonSerializerOptions.Web);
        using JsonDocument json = JsonDocument.Parse(text);
        DigitSumPrediction[] back = JsonSerializer.Deserialize<DigitSumPrediction[]>(text, JsonSerializerOptions.Web)!;

        JsonElement first = json.RootElement[0], second = json.RootElement[1];
        Assert.Equal((right.Digit, JsonValueKind.Null), (first.GetProperty("digit").GetInt64(), first.GetProperty("error").ValueKind));
        Assert.Equal(right.SumProbabilities, first.GetProperty("sumProbabilities").EnumerateArray().Select(number => number.GetSingle()));
        Assert.Equal(right.SumConfidence, first.GetProperty("sumConfidence").GetSingle());
        Assert.Equal(failed.Error, second.GetProperty("error").GetString());
        Assert.All((string[])["digitProbabilities", "sumProbabilities", "digitConfidence", "sumConfidence"], name => Assert.Equal(JsonValueKind.Null, second.GetProperty(name).ValueKind));
        DigitSumAssert.Same(Row(right), Row(back[0]));
        DigitSumAssert.Failed(Row(back[1]), failed.Error!);
    }

    [Fact]
    public void A_warning_is_a_member_of_the_JSON_and_an_answer_without_one_has_none()
    {
        var doubtful = new DigitSumPrediction(3, new float[ModelContract.DigitClasses], 7, new float[ModelContract.SumClasses], null, "low contrast");

        string text = JsonSerializer.Serialize(doubtful, JsonSerializerOptions.Web);

        Assert.Contains("\"error\":null,\"warning\":\"low contrast\"", text, StringComparison.Ordinal);
        Assert.Equal("low contrast", JsonSerializer.Deserialize<DigitSumPrediction>(text, JsonSerializerOptions.Web)!.Warning);
        string older = text.Replace(",\"warning\":\"low contrast\"", "", StringComparison.Ordinal);
        Assert.Null(JsonSerializer.Deserialize<DigitSumPrediction>(older, JsonSerializerOptions.Web)!.Warning);
    }

    [Fact]
    public void The_confidence_is_the_probability_of_the_answer()
    {
        using var predictor = new DigitSumPredictor(fixture.Model);

        DigitSumPrediction answer = predictor.Predict(DigitImage.FromPixels(Pictures.Pixels(1)), 4);

        Assert.Equal(answer.DigitProbabilities.Max(), answer.DigitConfidence);
        Assert.Equal(answer.SumProbabilities.Max(), answer.SumConfidence);
    }

    [Fact]
    public void A_predictor_that_has_been_disposed_of_says_so()
    {
        var predictor = new DigitSumPredictor(fixture.Model);
        predictor.Predict(DigitImage.FromPixels(Pictures.Pixels(1)), 4);
        predictor.Dispose();

        Assert.Throws<ObjectDisposedException>(() => predictor.Predict(DigitImage.FromPixels(Pictures.Pixels(1)), 4));
    }

    [Fact]
    public void A_program_gets_one_predictor_from_its_services()
    {
        using ServiceProvider services = new ServiceCollection()
            .AddDigitSumPredictor(options => options.ModelFile = fixture.Model)
            .BuildServiceProvider();

        var predictor = services.GetRequiredService<DigitSumPredictor>();

        Assert.Same(predictor, services.GetRequiredService<DigitSumPredictor>());
        Assert.Null(predictor.Predict(DigitImage.FromPixels(Pictures.Pixels(1)), 4).Error);
    }

    [Fact]
    public void A_predictor_without_a_model_says_which_option_is_missing() =>
        Assert.Contains("ModelFile", Assert.Throws<ArgumentException>(() => new DigitSumPredictor(new DigitSumPredictorOptions())).Message, StringComparison.Ordinal);

    private static DigitSumRow Row(DigitSumPrediction answer) => new()
    {
        Digit = answer.Digit,
        DigitProbabilities = [.. answer.DigitProbabilities],
        Sum = answer.Sum,
        SumProbabilities = [.. answer.SumProbabilities],
        Error = answer.Error ?? "",
        Warning = answer.Warning ?? "",
    };
}
