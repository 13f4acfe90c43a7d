using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.OnnxBatching;

internal static class Batching
{
    public static void Score(string model, Row[] rows)
    {
        var ml = new MLContext();
        IDataView data = ml.Data.LoadFromEnumerable(rows);
        using var transformer = ml.Transforms.ApplyOnnxModelBatched(model).Fit(data);
        IDataView scored = transformer.Transform(data);

        foreach (VBuffer<long> sum in scored.GetColumn<VBuffer<long>>("sum").Take(3))
            Console.WriteLine(sum.GetValues()[0]);
        Console.WriteLine(transformer.RowByRowReason ?? "many rows in each run");
    }

    public static void ChooseColumns(string model, Row[] rows)
    {
        var ml = new MLContext();
        IDataView data = ml.Data.LoadFromEnumerable(rows);
        var pipeline = ml.Transforms.ApplyOnnxModelBatched(new BatchedOnnxOptions
        {
            ModelFile = model,
            Outputs = [new TensorColumn("sum_probabilities", "Features")],
            Inference = new InferenceOptions { BatchSize = 64 },
        });

        Console.WriteLine(pipeline.Fit(data).Transform(data).Schema["Features"].Type);
    }

    public static void SaveAndLoad(string model, Row[] rows)
    {
        var ml = new MLContext();
        IDataView data = ml.Data.LoadFromEnumerable(rows);
        using var transformer = ml.Transforms.ApplyOnnxModelBatched(model).Fit(data);
        ml.Model.Save(transformer, data.Schema, "model.zip");           // stock ML.NET reads it, too
        ITransformer loaded = BatchedOnnxModel.Load(ml, "model.zip");   // ml.Model.Load would give stock's transformer

        Console.WriteLine(loaded.Transform(data).GetColumn<VBuffer<long>>("digit").Count(digit => digit.GetValues()[0] == 1));
    }
}

internal sealed class Row
{
    [ColumnName("image"), VectorType(1, 28, 28)]
    public byte[] Image { get; set; } = [];

    [ColumnName("number")]
    public long Number { get; set; }
}
