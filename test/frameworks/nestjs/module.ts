// A Nest module whose controller gets its provider by type, which needs the metadata of decorators.
import "reflect-metadata";
import { Controller, Get, Injectable, Module } from "@nestjs/common";

@Injectable()
export class Orders {
  readonly all = new Map([[1, { total: 12 }]]);
}

@Controller()
class OrdersController {
  constructor(private readonly orders: Orders) {}

  @Get("slow")
  slow(): Promise<string> {
    const text = this.orders.all.size === 1 ? "done" : "lost";
    return new Promise((resolve) => setTimeout(resolve, 500, text));
  }
}

@Module({ controllers: [OrdersController], providers: [Orders] })
export class AppModule {}
