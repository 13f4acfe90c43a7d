using Microsoft.ML;
using MnistAdder.Serving;

internal static partial class Embedding
{
    public static void SinglePrediction(string model, string image)
    {
        var ml = new MLContext();
        IDataView none = ml.Data.LoadFromEnumerable(Array.Empty<Input>());
        using DigitSumTransformer transformer = ml.Transforms.ApplyDigitSumModel(model, imageColumn: "Path", numberColumn: "Number").Fit(none);
        PredictionEngine<Input, Answer> engine = ml.Model.CreatePredictionEngine<Input, Answer>(
            transformer, new PredictionEngineOptions { OwnsTransformer = false });

        Answer answer = engine.Predict(new Input { Path = image, Number = 5 });
        Console.WriteLine(answer.Error.Length > 0 ? answer.Error : $"{answer.Digit} + 5 = {answer.Sum}");
    }
}

internal sealed class Input
{
    public string Path { get; set; } = "";

    public int Number { get; set; }
}

internal sealed class Answer
{
    public long Digit { get; set; }

    public long Sum { get; set; }

    public string Error { get; set; } = "";
}
