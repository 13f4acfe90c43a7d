using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Tracing;

/// <summary>A module whose forward is a function.</summary>
internal sealed class Lambda(Func<Tensor, Tensor> function) : nn.Module<Tensor, Tensor>("lambda")
{
    public override Tensor forward(Tensor x) => function(x);
}

/// <summary>A module whose forward is a function of two tensors.</summary>
internal sealed class Lambda2(Func<Tensor, Tensor, Tensor> function) : nn.Module<Tensor, Tensor, Tensor>("lambda")
{
    public override Tensor forward(Tensor x, Tensor y) => function(x, y);
}

/// <summary>A module whose forward is a function with several results.</summary>
internal sealed class LambdaMany(Func<Tensor, Tensor[]> function) : nn.Module<Tensor, Tensor[]>("lambda")
{
    public override Tensor[] forward(Tensor x) => function(x);
}
