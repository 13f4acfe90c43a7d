using Microsoft.ML;
using MnistAdder.Tests.Support.Models;

namespace MnistAdder.OnnxBatching.Tests;

/// <summary>Compares the batched transform with stock ML.NET's on the same model and data.</summary>
internal static class StockComparison
{
    /// <summary>Asserts that schema and rows are the same.</summary>
    public static void AssertSame(IDataView stock, IDataView batched)
    {
        AssertSameSchema(stock.Schema, batched.Schema);
        Assert.Equal(Table.Read(stock), Table.Read(batched));
    }

    /// <summary>Asserts that two schemas have the same columns with the same types and annotations.</summary>
    public static void AssertSameSchema(DataViewSchema stock, DataViewSchema batched) => Assert.Equal(
        stock.Select(column => (column.Name, Type: $"{column.Type}", column.IsHidden, Annotations: $"{column.Annotations.Schema}")),
        batched.Select(column => (column.Name, Type: $"{column.Type}", column.IsHidden, Annotations: $"{column.Annotations.Schema}")));

    /// <summary>Applies a model both ways.</summary>
    public static void AssertSame(byte[] model, Func<MLContext, IDataView> data, InferenceOptions? inference = null)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("model.onnx", model);
        var mlContext = new MLContext();
        IDataView view = data(mlContext);
        using var stock = mlContext.Transforms.ApplyOnnxModel(path).Fit(view);
        using BatchedOnnxTransformer batched = mlContext.Transforms.ApplyOnnxModelBatched(path, inference ?? InferenceOptions.Default).Fit(view);
        AssertSame(stock.Transform(view), batched.Transform(view));
    }
}
