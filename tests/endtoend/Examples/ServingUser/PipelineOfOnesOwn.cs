using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.Serving;

internal static partial class Embedding
{
    public static void PipelineOfOnesOwn(string model, string image)
    {
        var ml = new MLContext();
        IDataView rows = ml.Data.LoadFromEnumerable([new Input { Path = image, Number = 5 }, new Input { Path = image, Number = 9 }]);
        var pipeline = ml.Transforms.ApplyDigitSumModel(model, imageColumn: "Path", numberColumn: "Number")
            .Append(ml.Transforms.Expression("IsLarge", "sum => sum > 9", "Sum"))
            .Append(ml.Transforms.DropColumns("DigitProbabilities", "SumProbabilities"));

        using var transformer = pipeline.Fit(rows);
        IDataView scored = transformer.Transform(rows);
        foreach ((long sum, bool isLarge) in scored.GetColumn<long>("Sum").Zip(scored.GetColumn<bool>("IsLarge")))
            Console.WriteLine($"{sum} {(isLarge ? "is" : "isn't")} above 9");
    }
}
