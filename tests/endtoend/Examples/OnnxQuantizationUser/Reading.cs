using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

/// <summary>The digit that a model reads in the first drawing.</summary>
internal static class Reading
{
    public static long Of(byte[] model)
    {
        Row row = Drawing.Strokes(1).Single();
        using var session = new InferenceSession(model);
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = session.Run(
            [
                NamedOnnxValue.CreateFromTensor("image", new DenseTensor<byte>(row.Image, [1, 1, 28, 28])),
                NamedOnnxValue.CreateFromTensor("number", new DenseTensor<long>(new long[] { row.Number }, [1, 1])),
            ],
            ["digit"]);
        return outputs[0].AsTensor<long>().First();
    }
}
