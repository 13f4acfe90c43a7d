using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Inference;

namespace MnistAdder.Tests.Support.Models;

/// <summary>Models that are run without a data view.</summary>
internal static class TestSession
{
    /// <summary>Of a file's contents.</summary>
    public static BatchSession Of(byte[] model, InferenceOptions? options = null) =>
        BatchSession.Open(new ModelSource.InMemory(model, "model"), options ?? InferenceOptions.Default, out _);

    /// <summary>Of a file.</summary>
    public static BatchSession OfFile(string path, InferenceOptions? options = null) =>
        BatchSession.Open(new ModelSource.InFile(path), options ?? InferenceOptions.Default, out _);
}
